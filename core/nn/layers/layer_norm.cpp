// weight * (x - mean) / sqrt(variance + epsilon) + bias over all elements of a sample, or over its last axes, with a weight and a
// bias for each element of a row. Ba et al., Layer Normalization, 2016.
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/row_norm.hpp"

namespace treino::nn {

extern const LayerType layer_norm_layer{
    .id = "layer_norm",
    .description =
        R"toml(summary = "normalizes each sample over all its elements or over its last axes, then scales and shifts each element"
)toml" TREINO_NORM_AXIS_TOML TREINO_VARIANCE_EPSILON_TOML,
    .shape = row_norm_shape,
    .flops = flops_per_output<8>,
    .make = [](const LayerContext& context) { return make_row_norm(context, true); },
    .is_norm = true,
};

}  // namespace treino::nn
