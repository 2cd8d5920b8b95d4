// weight * x / sqrt(mean of x^2 + epsilon) over all elements of a sample, or over its last axes: layer_norm without a mean and a
// bias. Zhang & Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019.
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/row_norm.hpp"

namespace treino::nn {

extern const LayerType rms_norm_layer{
    .id = "rms_norm",
    .description =
        R"toml(summary = "divides each sample, over all its elements or over its last axes, by the root of its mean square, then scales each element"
)toml" TREINO_NORM_AXIS_TOML TREINO_MEAN_SQUARE_EPSILON_TOML,
    .shape = row_norm_shape,
    .flops = flops_per_output<4>,
    .make = [](const LayerContext& context) { return make_row_norm(context, false); },
    .is_norm = true,
};

}  // namespace treino::nn
