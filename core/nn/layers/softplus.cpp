// log(1 + exp(beta * x)) / beta: a relu without a corner, always above zero. Dugas et al., Incorporating Second-Order Functional
// Knowledge for Better Option Pricing, NIPS 2000.
#include <fmt/format.h>

#include "nn/layers/elementwise.hpp"

namespace treino::nn {
namespace {

Shape softplus_shape(const ShapeContext& at) {
  const double beta = at.spec.settings.at<double>("beta");
  // As the kernel takes it: a float.
  if (!(static_cast<float>(beta) > 0)) at.fail(fmt::format("beta must be above 0, not {}", beta));
  return at.input;
}

std::unique_ptr<Layer> make_softplus(const LayerContext& context) {
  return make_elementwise(context, kernels().softplus, static_cast<float>(context.setting<double>("beta")));
}

}  // namespace

extern const LayerType softplus_layer{
    .id = "softplus",
    .description = R"toml(summary = "log(1 + exp(beta * x)) / beta"
[type.parameters.beta]
type = "float"
default = 1.0
above = 0.0
doc = "how sharply it bends at zero: the larger, the closer to relu"
)toml",
    .shape = softplus_shape,
    .flops = flops_per_output<6>,
    .make = make_softplus,
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
