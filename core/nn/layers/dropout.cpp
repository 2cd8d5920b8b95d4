// Sets elements to zero with probability `rate` while training and scales the others by 1 / (1 - rate), so that inference needs
// nothing. Srivastava et al., JMLR 15 (2014); the scaling is the "inverted" form.
#include <fmt/format.h>

#include "nn/layers/dropout_factors.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Dropout final : public Layer {
 public:
  explicit Dropout(const LayerContext& context)
      : random_(context.seed, context.number, context.setting<double>("rate")), size_(size_of(context.output)) {
    context.request(factors_, Use::kept);
    context.request(output_);
  }
  Traits traits() const override { return {.passes_input = true, .gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    if (pass.mode == Mode::infer) return input;
    const std::int64_t size = pass.batch * size_;
    random_.draw(pass.step, pass.first_row * size_, size, factors_.data());
    for (std::int64_t i = 0; i < size; ++i) output_[i] = factors_[i] * input[i];
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    for (std::int64_t i = 0; i < pass.batch * size_; ++i) gradients.output[i] *= factors_[i];
  }

 private:
  DropoutFactors random_;
  std::int64_t size_;
  ArenaSpan<float> factors_, output_;
};

Shape dropout_shape(const ShapeContext& at) {
  const double rate = at.spec.settings.at<double>("rate");
  if (!(rate >= 0 && rate < 1)) at.fail(fmt::format("rate must be in [0, 1), not {}", rate));
  return at.input;
}

}  // namespace

extern const LayerType dropout_layer{
    .id = "dropout",
    .description = R"toml(summary = "sets random elements to zero while training, scales the others by 1 / (1 - rate)"
[type.parameters.rate]
type = "float"
default = 0.5
min = 0.0
below = 1.0
doc = "share of elements set to zero"
)toml",
    .shape = dropout_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Dropout>(context); },
};

}  // namespace treino::nn
