// x above zero and slope * x below, so that nothing is without a gradient. Maas et al., Rectifier Nonlinearities Improve Neural
// Network Acoustic Models, 2013.
#include <fmt/format.h>

#include "nn/layers/elementwise.hpp"

namespace treino::nn {
namespace {

Shape leaky_relu_shape(const ShapeContext& at) {
  const double slope = at.spec.settings.at<double>("slope");
  if (!(slope >= 0)) at.fail(fmt::format("slope must be at least 0, not {}", slope));
  return at.input;
}

std::unique_ptr<Layer> make_leaky_relu(const LayerContext& context) {
  return make_elementwise(context, kernels().leaky_relu, static_cast<float>(context.spec.settings.at<double>("slope")));
}

}  // namespace

extern const LayerType leaky_relu_layer{
    .id = "leaky_relu",
    .description = R"toml(summary = "x above zero, slope * x below"
[type.parameters.slope]
type = "float"
default = 0.01
min = 0.0
doc = "factor below zero"
)toml",
    .shape = leaky_relu_shape,
    .flops = flops_per_output<2>,
    .make = make_leaky_relu,
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
