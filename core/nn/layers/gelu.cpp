// x * Phi(x). The exact form, not tanh's: Hendrycks & Gimpel, Gaussian Error Linear Units, 2016.
#include "nn/layers/elementwise.hpp"

namespace treino::nn {

extern const LayerType gelu_layer{
    .id = "gelu",
    .description = "summary = \"x * Phi(x) with the normal distribution function Phi, exact form\"",
    .shape = same_shape,
    .flops = flops_per_output<4>,
    .make = [](const LayerContext& context) { return make_elementwise(context, kernels().gelu); },
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
