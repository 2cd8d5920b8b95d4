// Fully connected: output = input * weight + bias. weight: inputs x units, so that a row of it is what one input adds to all
// outputs.
#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

class Dense final : public Layer {
 public:
  explicit Dense(const LayerContext& context)
      : inputs_(context.input[0]), units_(context.spec.units), threads_(context.threads), scratch_(context.product_scratch) {
    context.request(output_);
    weight_ = context.parameters.add(context.name + "/weight", {inputs_, units_}, context.spec.initializer, {inputs_, units_});
    if (context.spec.bias) bias_ = context.parameters.add(context.name + "/bias", {units_}, "zeros");
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_input = true, .reads_output = relu_}; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    multiply(
        {pass.batch, units_, inputs_, input, inputs_, 1, weight_.value, units_, 1, output_.data(), false, bias_.value, relu_},
        scratch_.data(), threads_);
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    const float* gradient = gradients.output;
    parallel_for(units_, pass.batch, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().bias_gradient(gradients.output + first, relu_ ? output_.data() + first : nullptr,
                              pass.learns && bias_.gradient != nullptr ? bias_.gradient + first : nullptr, pass.batch,
                              last - first, units_, pass.accumulate);
    });
    if (pass.learns) {
      multiply({inputs_, units_, pass.batch, input_, 1, inputs_, gradient, units_, 1, weight_.gradient, pass.accumulate},
               scratch_.data(), threads_);
    }
    if (!pass.wants_input_gradient) return;
    multiply({pass.batch, inputs_, units_, gradient, units_, 1, weight_.value, 1, units_, gradients.input, false},
             scratch_.data(), threads_);
  }

 private:
  std::int64_t inputs_, units_;
  int threads_;
  ArenaSpan<float>& scratch_;
  ArenaSpan<float> output_;
  Parameters::Pointers weight_{}, bias_{};
  const float* input_ = nullptr;
  bool relu_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_dense(const LayerContext& context) { return std::make_unique<Dense>(context); }

}  // namespace treino::nn
