// The hyperbolic tangent of each element.
#include "nn/layers/elementwise.hpp"

namespace treino::nn {

extern const LayerType tanh_layer{
    .id = "tanh",
    .description = "summary = \"hyperbolic tangent\"",
    .shape = same_shape,
    .flops = flops_per_output<1>,
    .make = [](const LayerContext& context) { return make_elementwise(context, kernels().tanh); },
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
