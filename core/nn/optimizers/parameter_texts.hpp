// Parameters that several optimizers describe in the same words: literals that concatenate with their own.
#pragma once

#define TREINO_BETAS_TOML                                                  \
  "[type.parameters.beta1]\n"                                              \
  "type = \"float\"\n"                                                     \
  "default = 0.9\n"                                                        \
  "min = 0.0\n"                                                            \
  "below = 1.0\n"                                                          \
  "doc = \"decay of the mean of gradients; plays the part of momentum\"\n" \
  "[type.parameters.beta2]\n"                                              \
  "type = \"float\"\n"                                                     \
  "default = 0.999\n"                                                      \
  "min = 0.0\n"                                                            \
  "below = 1.0\n"                                                          \
  "doc = \"decay of the mean of squared gradients\"\n"

#define TREINO_DENOMINATOR_EPSILON_TOML \
  "[type.parameters.epsilon]\n"         \
  "type = \"float\"\n"                  \
  "default = 1e-8\n"                    \
  "min = 0.0\n"                         \
  "doc = \"added to the denominator\"\n"

#define TREINO_WEIGHT_DECAY_TOML     \
  "[type.parameters.weight_decay]\n" \
  "type = \"float\"\n"               \
  "default = 0.0\n"                  \
  "min = 0.0\n"                      \
  "doc = \"times the weight, added to the gradient\"\n"
