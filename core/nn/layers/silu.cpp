// x * sigmoid(x), also called swish: Hendrycks & Gimpel, Gaussian Error Linear Units, 2016; Ramachandran et al., Searching for
// Activation Functions, 2017.
#include "nn/layers/elementwise.hpp"

namespace treino::nn {

extern const LayerType silu_layer{
    .id = "silu",
    .description = "summary = \"x * sigmoid(x), also called swish\"",
    .shape = same_shape,
    .flops = flops_per_output<5>,
    .make = [](const LayerContext& context) { return make_elementwise(context, kernels().silu); },
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
