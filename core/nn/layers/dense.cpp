// Fully connected: output = input * weight + bias, of a sequence for each of its steps. weight: inputs x units, so that a row of it is
// what one input adds to all outputs.
#include <fmt/format.h>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"

namespace treino::nn {
namespace {

class Dense final : public Layer {
 public:
  explicit Dense(const LayerContext& context)
      : inputs_(context.input.back()),
        units_(context.output.back()),
        steps_(size_of(context.output) / units_),
        threads_(context.threads),
        products_(context.products) {
    context.request(output_);
    products_.expect(context.capacity * steps_, units_, inputs_, false);
    weight_ = context.add_weight({inputs_, units_}, {inputs_, units_});
    if (context.setting<bool>("bias")) bias_ = context.parameters.add(context.name + "/bias", {units_}, {"zeros"});
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_input = true, .reads_output = relu_}; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    products_.multiply({.rows = pass.batch * steps_,
                        .columns = units_,
                        .inner = inputs_,
                        .a = input,
                        .a_row = inputs_,
                        .a_inner = 1,
                        .b = weight_.value,
                        .b_inner = units_,
                        .b_column = 1,
                        .c = output_.data(),
                        .add = false,
                        .bias = bias_.value,
                        .relu = relu_});
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    const std::int64_t rows = pass.batch * steps_;
    parallel_for(units_, rows, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().bias_gradient(gradients.output + first, relu_ ? output_.data() + first : nullptr,
                              pass.learns && bias_.gradient != nullptr ? bias_.gradient + first : nullptr, rows, last - first,
                              units_, pass.accumulate);
    });
    if (pass.learns) weight_gradient(gradients.output, pass);
    if (pass.wants_input_gradient) input_gradient(gradients, pass);
  }

 private:
  /// The transposed input times the gradient.
  void weight_gradient(const float* output_gradient, const BackwardPass& pass) {
    products_.multiply({.rows = inputs_,
                        .columns = units_,
                        .inner = pass.batch * steps_,
                        .a = input_,
                        .a_row = 1,
                        .a_inner = inputs_,
                        .b = output_gradient,
                        .b_inner = units_,
                        .b_column = 1,
                        .c = weight_.gradient,
                        .add = pass.accumulate});
  }

  /// The gradient times the transposed weight.
  void input_gradient(const Gradients& gradients, const BackwardPass& pass) {
    products_.multiply({.rows = pass.batch * steps_,
                        .columns = inputs_,
                        .inner = units_,
                        .a = gradients.output,
                        .a_row = units_,
                        .a_inner = 1,
                        .b = weight_.value,
                        .b_inner = 1,
                        .b_column = units_,
                        .c = gradients.input,
                        .add = false});
  }

  std::int64_t inputs_, units_, steps_;
  int threads_;
  Products& products_;
  ArenaSpan<float> output_;
  Parameters::Pointers weight_{}, bias_{};
  const float* input_ = nullptr;
  bool relu_ = false;
};

Shape dense_shape(const ShapeContext& at) {
  const auto units = at.spec.settings.at<std::int64_t>("units");
  if (units < 1) at.fail(fmt::format("units must be at least 1, not {}", units));
  if (at.input.size() != 2) at.check_flat();
  at.check_weights();
  at.check_size({at.input.back(), units}, "a weight");
  Shape output = at.input;
  output.back() = units;
  return output;
}

std::int64_t dense_flops(const LayerSpec& spec, const Shape& input, const Shape& output) {
  return size_of(output) * (2 * input.back() + (spec.settings.at<bool>("bias") ? 1 : 0));
}

}  // namespace

extern const LayerType dense_layer{
    .id = "dense",
    .description =
        R"toml(summary = "fully connected: output = input * weight + bias; of a sequence, length x features, for each step"
[type.parameters.units]
type = "int"
required = true
min = 1
doc = "outputs"
)toml" TREINO_BIAS_TOML TREINO_INITIALIZER_TOML TREINO_REGULARIZATION_TOML,
    .shape = dense_shape,
    .flops = dense_flops,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Dense>(context); },
    .transposed_in_torch = true,
};

}  // namespace treino::nn
