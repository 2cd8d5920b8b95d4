// Forward and backward of a function of each element, by the kernel for it.
#include "nn/layers/elementwise.hpp"

#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

class Elementwise final : public Layer {
 public:
  Elementwise(const LayerContext& context, const ActivationFunction& function, float parameter)
      : function_(function),
        parameter_(parameter),
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
      function_.value(input + first, output_.data() + first, last - first, parameter_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    parallel_for(pass.batch * size_, cost, threads_, [&](std::int64_t first, std::int64_t last) {
      function_.gradient(gradients.output + first, input_ + first, output_.data() + first, last - first, parameter_);
    });
  }

 private:
  static constexpr std::int64_t cost = 4;

  const ActivationFunction& function_;
  float parameter_;
  std::int64_t block_, size_;
  int threads_;
  ArenaSpan<float> output_;
  const float* input_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_elementwise(const LayerContext& context, const ActivationFunction& function, float parameter) {
  return std::make_unique<Elementwise>(context, function, parameter);
}

}  // namespace treino::nn
