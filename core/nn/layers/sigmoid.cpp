// 1 / (1 + exp(-x)): a probability for each output, whatever the others are.
#include "nn/layers/elementwise.hpp"

namespace treino::nn {

extern const LayerType sigmoid_layer{
    .id = "sigmoid",
    .description = "summary = \"1 / (1 + exp(-x))\"",
    .shape = same_shape,
    .flops = flops_per_output<4>,
    .make = [](const LayerContext& context) { return make_elementwise(context, kernels().sigmoid); },
    .accepts_blocked_layout = accepts_any_layout,
    .outputs = Outputs::independent_probabilities,
};

}  // namespace treino::nn
