// exp(x) / sum of exp(x) over a sample's elements.
#include <algorithm>
#include <cmath>

#include "nn/layer.hpp"

namespace treino::nn {
namespace {

class Softmax final : public Layer {
 public:
  explicit Softmax(const Site& site) : size_(site.output[0]), output_(site.output_buffer()) {}

  const float* forward(const float* input, const Pass& pass) override {
    for (std::int64_t n = 0; n < pass.batch; ++n) normalize(input + n * size_, output_.data() + n * size_);
    return output_.data();
  }

  void backward(Gradients& gradients, const BackwardPass& pass) override {
    for (std::int64_t n = 0; n < pass.batch; ++n) {
      const float* y = output_.data() + n * size_;
      float* gradient = gradients.current + n * size_;
      float mean = 0;
      for (std::int64_t i = 0; i < size_; ++i) mean += y[i] * gradient[i];
      for (std::int64_t i = 0; i < size_; ++i) gradient[i] = y[i] * (gradient[i] - mean);
    }
  }

 private:
  // Less the largest element, so that no exponential overflows; one NaN makes the sum, and with it the whole sample, NaN.
  void normalize(const float* x, float* y) const {
    const float largest = *std::max_element(x, x + size_);
    float sum = 0;
    for (std::int64_t i = 0; i < size_; ++i) sum += y[i] = std::exp(x[i] - largest);
    for (std::int64_t i = 0; i < size_; ++i) y[i] /= sum;
  }

  std::int64_t size_;
  Buffer output_;
};

}  // namespace

std::unique_ptr<Layer> make_softmax(const Site& site) { return std::make_unique<Softmax>(site); }

}  // namespace treino::nn
