// Functions of each element alone.
#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

class Relu final : public Layer {
 public:
  explicit Relu(const LayerContext& context) : block_(context.input_block), size_(size_of(context.output)), threads_(context.threads) {
    context.request(output_);
  }
  Traits traits() const override { return {.reads_output = true, .gradient_in_place = true}; }
  std::int64_t channel_block() const override { return block_; }

  const float* forward(const float* input, const Pass& pass) override {
    parallel_for(pass.batch * size_, 1, threads_,
          [&](std::int64_t first, std::int64_t last) { kernels().relu(input + first, output_.data() + first, last - first); });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    parallel_for(pass.batch * size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().relu_gradient(gradients.output + first, output_.data() + first, last - first);
    });
  }

 private:
  std::int64_t block_, size_;
  int threads_;
  ArenaSpan<float> output_;
};

class Activation final : public Layer {
 public:
  Activation(const LayerContext& context, const ActivationFunction& function)
      : function_(function),
        slope_(static_cast<float>(context.spec.slope)),
        block_(context.input_block),
        size_(size_of(context.output)),
        threads_(context.threads) {
    context.request(output_);
  }
  Traits traits() const override { return {.reads_input = true, .reads_output = true, .gradient_in_place = true}; }

  std::int64_t channel_block() const override { return block_; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    parallel_for(pass.batch * size_, cost, threads_, [&](std::int64_t first, std::int64_t last) {
      function_.value(input + first, output_.data() + first, last - first, slope_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    parallel_for(pass.batch * size_, cost, threads_, [&](std::int64_t first, std::int64_t last) {
      function_.gradient(gradients.output + first, input_ + first, output_.data() + first, last - first, slope_);
    });
  }

 private:
  static constexpr std::int64_t cost = 4;

  const ActivationFunction& function_;
  float slope_;
  std::int64_t block_, size_;
  int threads_;
  ArenaSpan<float> output_;
  const float* input_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_activation(const LayerContext& context) {
  const std::string& type = context.spec.type;
  if (type == "relu") return std::make_unique<Relu>(context);
  if (type == "leaky_relu") return std::make_unique<Activation>(context, kernels().leaky_relu);
  if (type == "sigmoid") return std::make_unique<Activation>(context, kernels().sigmoid);
  if (type == "tanh") return std::make_unique<Activation>(context, kernels().tanh);
  // The exact form, not tanh's: Hendrycks & Gimpel, Gaussian Error Linear Units, 2016.
  if (type == "gelu") return std::make_unique<Activation>(context, kernels().gelu);
  throw std::logic_error("no activation \"" + type + "\"");
}

}  // namespace treino::nn
