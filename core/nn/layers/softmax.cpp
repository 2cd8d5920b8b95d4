// exp(x) / sum of exp(x) over a sample's elements.
#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

class Softmax final : public Layer {
 public:
  explicit Softmax(const LayerContext& context) : size_(context.output[0]), threads_(context.threads) { context.request(output_); }
  Traits traits() const override { return {.reads_output = true, .gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    parallel_for(pass.batch, 8 * size_, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().softmax(input + first * size_, output_.data() + first * size_, last - first, size_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    for (std::int64_t n = 0; n < pass.batch; ++n) {
      const float* y = output_.data() + n * size_;
      float* gradient = gradients.output + n * size_;
      float mean = 0;
      for (std::int64_t i = 0; i < size_; ++i) mean += y[i] * gradient[i];
      for (std::int64_t i = 0; i < size_; ++i) gradient[i] = y[i] * (gradient[i] - mean);
    }
  }

 private:
  std::int64_t size_;
  int threads_;
  ArenaSpan<float> output_;
};

}  // namespace

std::unique_ptr<Layer> make_softmax(const LayerContext& context) { return std::make_unique<Softmax>(context); }

}  // namespace treino::nn
