// Functions of each element alone.
#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

class Relu final : public Layer {
 public:
  explicit Relu(const LayerContext& site) : block_(site.input_block), size_(size_of(site.output)), threads_(site.threads) {
    site.want(output_);
  }
  Traits traits() const override { return {.reads_output = true, .gradient_in_place = true}; }
  std::int64_t output_block() const override { return block_; }

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
  Slice<float> output_;
};

class Activation final : public Layer {
 public:
  Activation(const LayerContext& site, const ActivationFunction& function)
      : function_(function),
        slope_(static_cast<float>(site.spec.slope)),
        block_(site.input_block),
        size_(size_of(site.output)),
        threads_(site.threads) {
    site.want(output_);
  }
  Traits traits() const override { return {.reads_input = true, .reads_output = true, .gradient_in_place = true}; }

  std::int64_t output_block() const override { return block_; }

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
  Slice<float> output_;
  const float* input_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_activation(const LayerContext& site) {
  const std::string& type = site.spec.type;
  if (type == "relu") return std::make_unique<Relu>(site);
  if (type == "leaky_relu") return std::make_unique<Activation>(site, kernels().leaky_relu);
  if (type == "sigmoid") return std::make_unique<Activation>(site, kernels().sigmoid);
  if (type == "tanh") return std::make_unique<Activation>(site, kernels().tanh);
  // The exact form, not tanh's: Hendrycks & Gimpel, Gaussian Error Linear Units, 2016.
  if (type == "gelu") return std::make_unique<Activation>(site, kernels().gelu);
  throw std::logic_error("no activation \"" + type + "\"");
}

}  // namespace treino::nn
