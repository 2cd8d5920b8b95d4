// The sigmoid as three straight lines: x / 6 + 1/2 within [-3, 3], 0 below and 1 above, as PyTorch and Keras 3 have it.
#include "nn/layers/elementwise.hpp"

namespace treino::nn {

extern const LayerType hard_sigmoid_layer{
    .id = "hard_sigmoid",
    .description = "summary = \"x / 6 + 1/2 within [-3, 3], 0 below and 1 above\"",
    .shape = same_shape,
    .flops = flops_per_output<4>,
    .make = [](const LayerContext& context) { return make_elementwise(context, kernels().hard_sigmoid); },
    .accepts_blocked_layout = accepts_any_layout,
    .outputs = Outputs::independent_probabilities,
};

}  // namespace treino::nn
