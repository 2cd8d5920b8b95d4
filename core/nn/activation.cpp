// Functions of each element alone.
#include <cmath>
#include <stdexcept>

#include "nn/kernels.hpp"
#include "nn/layer.hpp"

namespace treino::nn {
namespace {

class Relu final : public Layer {
 public:
  explicit Relu(const Site& site) : block_(site.input_block), size_(size_of(site.output)), output_(site.output_buffer()) {}
  std::int64_t output_block() const override { return block_; }
  const float* forward(const float* input, const Pass& pass) override {
    kernels().relu(input, output_.data(), pass.batch * size_);
    return output_.data();
  }
  void backward(Gradients& gradients, const BackwardPass& pass) override {
    kernels().relu_gradient(gradients.current, output_.data(), pass.batch * size_);
  }

 private:
  std::int64_t block_, size_;
  Buffer output_;
};

// Function: value(x), and slope(x, y) where y = value(x). A comparison with NaN is false: each is written so that a NaN comes
// out.
template <class Function>
class Activation final : public Layer {
 public:
  Activation(const Site& site, Function function)
      : function_(function), block_(site.input_block), size_(size_of(site.output)), output_(site.output_buffer()) {}

  std::int64_t output_block() const override { return block_; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    for (std::int64_t i = 0; i < pass.batch * size_; ++i) output_[i] = function_.value(input[i]);
    return output_.data();
  }

  void backward(Gradients& gradients, const BackwardPass& pass) override {
    for (std::int64_t i = 0; i < pass.batch * size_; ++i) gradients.current[i] *= function_.slope(input_[i], output_[i]);
  }

 private:
  Function function_;
  std::int64_t block_, size_;
  Buffer output_;
  const float* input_ = nullptr;
};

struct LeakyRelu {
  float below;
  float value(float x) const { return x < 0 ? below * x : x; }
  float slope(float x, float) const { return x <= 0 ? below : 1; }
};

struct Sigmoid {
  float value(float x) const { return 1 / (1 + std::exp(-x)); }
  float slope(float, float y) const { return y * (1 - y); }
};

struct Tanh {
  float value(float x) const { return std::tanh(x); }
  float slope(float, float y) const { return 1 - y * y; }
};

// x * Phi(x), Phi the normal distribution's; Hendrycks & Gimpel, Gaussian Error Linear Units, 2016. The exact form, not tanh's.
struct Gelu {
  static float phi(float x) { return 0.5f * (1 + std::erf(x * 0.70710678f)); }
  float value(float x) const { return x * phi(x); }
  float slope(float x, float) const { return phi(x) + x * 0.39894228f * std::exp(-0.5f * x * x); }
};

template <class Function>
std::unique_ptr<Layer> make(const Site& site, Function function) {
  return std::make_unique<Activation<Function>>(site, function);
}

}  // namespace

std::unique_ptr<Layer> make_activation(const Site& site) {
  const std::string& type = site.spec.type;
  if (type == "relu") return std::make_unique<Relu>(site);
  if (type == "leaky_relu") return make(site, LeakyRelu{static_cast<float>(site.spec.slope)});
  if (type == "sigmoid") return make(site, Sigmoid{});
  if (type == "tanh") return make(site, Tanh{});
  if (type == "gelu") return make(site, Gelu{});
  throw std::logic_error("no activation \"" + type + "\"");
}

}  // namespace treino::nn
