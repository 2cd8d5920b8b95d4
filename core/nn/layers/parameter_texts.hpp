// Parameters that several types of layer describe in the same words: literals that concatenate with a type's own.
#pragma once

#define TREINO_BIAS_TOML     \
  "[type.parameters.bias]\n" \
  "type = \"bool\"\n"        \
  "default = true\n"         \
  "doc = \"add a learned number to each output\"\n"

// The choices are nn::initializer_names(); a test holds the two together.
#define TREINO_INITIALIZER_WITH_DEFAULT_TOML(initial)                                                                      \
  "[type.parameters.initializer]\n"                                                                                        \
  "type = \"string\"\n"                                                                                                    \
  "default = \"" initial                                                                                                   \
  "\"\n"                                                                                                                   \
  "choices = [\"glorot_uniform\", \"glorot_normal\", \"he_uniform\", \"he_normal\", \"lecun_uniform\", \"lecun_normal\", " \
  "\"zeros\", \"ones\", \"normal\", \"uniform\", \"truncated_normal\", \"orthogonal\", \"variance_scaling\"]\n"            \
  "doc = \"how the weights are drawn; biases begin at zero\"\n"                                                            \
  "[type.parameters.initializer_gain]\n"                                                                                   \
  "type = \"float\"\n"                                                                                                     \
  "default = 1.0\n"                                                                                                        \
  "above = 0.0\n"                                                                                                          \
  "doc = \"factor of the weights that are drawn; with relu, orthogonal ones keep their size at sqrt(2)\"\n"                \
  "[type.parameters.initializer_scale]\n"                                                                                  \
  "type = \"float\"\n"                                                                                                     \
  "default = 1.0\n"                                                                                                        \
  "above = 0.0\n"                                                                                                          \
  "doc = \"of variance_scaling: the variance is this over the fan\"\n"                                                     \
  "[type.parameters.initializer_mode]\n"                                                                                   \
  "type = \"string\"\n"                                                                                                    \
  "default = \"fan_in\"\n"                                                                                                 \
  "choices = [\"fan_in\", \"fan_out\", \"fan_avg\"]\n"                                                                     \
  "doc = \"of variance_scaling: the fan is the inputs of an output, the outputs of an input, or the mean of both\"\n"      \
  "[type.parameters.initializer_distribution]\n"                                                                           \
  "type = \"string\"\n"                                                                                                    \
  "default = \"truncated_normal\"\n"                                                                                       \
  "choices = [\"truncated_normal\", \"untruncated_normal\", \"uniform\"]\n"                                                \
  "doc = \"of variance_scaling; the truncated one is cut at two standard deviations\"\n"
#define TREINO_INITIALIZER_TOML TREINO_INITIALIZER_WITH_DEFAULT_TOML("glorot_uniform")

#define TREINO_PENALTY_TOML                                                         \
  "[type.parameters.l1]\n"                                                          \
  "type = \"float\"\n"                                                              \
  "default = 0.0\n"                                                                 \
  "min = 0.0\n"                                                                     \
  "doc = \"adds this times the sum of the weights' absolute values to the loss\"\n" \
  "[type.parameters.l2]\n"                                                          \
  "type = \"float\"\n"                                                              \
  "default = 0.0\n"                                                                 \
  "min = 0.0\n"                                                                     \
  "doc = \"adds this times the sum of the weights' squares to the loss\"\n"
#define TREINO_MAX_NORM_TOML(unit) \
  "[type.parameters.max_norm]\n"   \
  "type = \"float\"\n"             \
  "above = 0.0\n"                  \
  "doc = \"after each step, weights of " unit " with a larger Euclidean norm are scaled down to this one\"\n"
#define TREINO_REGULARIZATION_TOML TREINO_PENALTY_TOML TREINO_MAX_NORM_TOML("a unit")

#define TREINO_MASK_TOML                                                                                                 \
  "[type.parameters.mask_value]\n"                                                                                       \
  "type = \"float\"\n"                                                                                                   \
  "doc = \"of a second input, length or length x features, such as the indices that an embedding reads: steps of which " \
  "every value is this one are padding; 0 unless it is given\"\n"

#define TREINO_EPSILON_TOML(added_to) \
  "[type.parameters.epsilon]\n"       \
  "type = \"float\"\n"                \
  "default = 1e-5\n"                  \
  "above = 0.0\n"                     \
  "doc = \"added to the " added_to "\"\n"
#define TREINO_VARIANCE_EPSILON_TOML TREINO_EPSILON_TOML("variance")
#define TREINO_MEAN_SQUARE_EPSILON_TOML TREINO_EPSILON_TOML("mean square")

#define TREINO_NORM_AXIS_TOML                                                                                                   \
  "[type.parameters.axis]\n"                                                                                                    \
  "type = \"int\"\n"                                                                                                            \
  "default = 0\n"                                                                                                               \
  "doc = \"first axis of a sample to normalize over, together with those that follow: 0 takes all, -1 the last alone, so that " \
  "each step of a sequence is normalized by itself\"\n"

#define TREINO_KERNEL_TOML     \
  "[type.parameters.kernel]\n" \
  "type = \"list\"\n"          \
  "items = \"int\"\n"          \
  "scalar = true\n"            \
  "required = true\n"          \
  "min = 1\n"                  \
  "doc = \"height and width of the window; a single integer means both\"\n"

#define TREINO_FILTERS_TOML     \
  "[type.parameters.filters]\n" \
  "type = \"int\"\n"            \
  "required = true\n"           \
  "min = 1\n"                   \
  "doc = \"output channels\"\n"

#define TREINO_STRIDE_TOML     \
  "[type.parameters.stride]\n" \
  "type = \"list\"\n"          \
  "items = \"int\"\n"          \
  "scalar = true\n"            \
  "default = []\n"             \
  "min = 1\n"                  \
  "doc = \"vertical and horizontal step; a single integer means both; empty: 1\"\n"

#define TREINO_DILATION_TOML                                                                                                  \
  "[type.parameters.dilation]\n"                                                                                              \
  "type = \"list\"\n"                                                                                                         \
  "items = \"int\"\n"                                                                                                         \
  "scalar = true\n"                                                                                                           \
  "default = []\n"                                                                                                            \
  "min = 1\n"                                                                                                                 \
  "doc = \"vertical and horizontal distance from one element of the window to the next; a single integer means both; empty: " \
  "1\"\n"

#define TREINO_GROUPS_TOML     \
  "[type.parameters.groups]\n" \
  "type = \"int\"\n"           \
  "default = 1\n"              \
  "min = 1\n"                  \
  "doc = \"into how many channels and filters are divided, each group convolved by itself; as many as channels: depthwise\"\n"

#define TREINO_SAME_PADDING_TOML     \
  "[type.parameters.same_padding]\n" \
  "type = \"bool\"\n"                \
  "default = false\n"                \
  "doc = \"pad so that the output size is the input size / stride, rounded up\"\n"

// A pool's stride and padding are not a convolution's: steps of a whole window, and no window in the padding alone.
#define TREINO_POOL_WINDOW_TOML                                                                                     \
  TREINO_KERNEL_TOML                                                                                                \
  "[type.parameters.stride]\n"                                                                                      \
  "type = \"list\"\n"                                                                                               \
  "items = \"int\"\n"                                                                                               \
  "scalar = true\n"                                                                                                 \
  "default = []\n"                                                                                                  \
  "min = 1\n"                                                                                                       \
  "doc = \"vertical and horizontal step; a single integer means both; empty: the kernel\"\n"                        \
  "[type.parameters.padding]\n"                                                                                     \
  "type = \"list\"\n"                                                                                               \
  "items = \"int\"\n"                                                                                               \
  "scalar = true\n"                                                                                                 \
  "default = []\n"                                                                                                  \
  "min = 0\n"                                                                                                       \
  "doc = \"vertical and horizontal rim on each side, smaller than the kernel; a single integer means both; empty: " \
  "none\"\n" TREINO_SAME_PADDING_TOML
