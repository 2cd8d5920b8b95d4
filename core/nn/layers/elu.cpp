// x above zero and alpha * (exp(x) - 1) below, which is smooth at zero where alpha is 1 and levels off at -alpha. Clevert,
// Unterthiner & Hochreiter, Fast and Accurate Deep Network Learning by Exponential Linear Units, ICLR 2016.
#include <fmt/format.h>

#include "nn/layers/elementwise.hpp"

namespace treino::nn {
namespace {

Shape elu_shape(const ShapeContext& at) {
  const double alpha = at.spec.settings.at<double>("alpha");
  if (!(alpha >= 0)) at.fail(fmt::format("alpha must be at least 0, not {}", alpha));
  return at.input;
}

std::unique_ptr<Layer> make_elu(const LayerContext& context) {
  return make_elementwise(context, kernels().elu, static_cast<float>(context.setting<double>("alpha")));
}

}  // namespace

extern const LayerType elu_layer{
    .id = "elu",
    .description = R"toml(summary = "x above zero, alpha * (exp(x) - 1) below"
[type.parameters.alpha]
type = "float"
default = 1.0
min = 0.0
doc = "where it levels off: at -alpha"
)toml",
    .shape = elu_shape,
    .flops = flops_per_output<4>,
    .make = make_elu,
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
