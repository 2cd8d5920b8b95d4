// weight * (x - mean) / sqrt(variance + epsilon) + bias over all elements of a sample (of an image: channels, height and width),
// with a weight and a bias for each element. Ba et al., Layer Normalization, 2016.
#include <algorithm>
#include <cmath>

#include "nn/kernels/sums.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"

namespace treino::nn {
namespace {

class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(const LayerContext& context)
      : size_(size_of(context.input)),
        epsilon_(context.setting<double>("epsilon")),
        weight_(context.parameters.add(context.name + "/weight", context.input, "ones")),
        bias_(context.parameters.add(context.name + "/bias", context.input, "zeros")),
        inverse_deviation_(context.capacity) {
    context.request(normalized_, Use::kept);
    context.request(output_);
  }
  Traits traits() const override { return {.gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    for (std::int64_t n = 0; n < pass.batch; ++n) {
      const float* x = input + n * size_;
      const double size = static_cast<double>(size_);
      const double mean = sum_of(size_, [&](std::int64_t i) { return x[i]; }) / size;
      const double variance = sum_of(size_, [&](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); }) / size;
      inverse_deviation_[n] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
      scale(x, static_cast<float>(mean), inverse_deviation_[n], normalized_.data() + n * size_, output_.data() + n * size_);
    }
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (pass.learns && !pass.accumulate) {
      std::fill_n(weight_.gradient, size_, 0.0f);
      std::fill_n(bias_.gradient, size_, 0.0f);
    }
    for (std::int64_t n = 0; n < pass.batch; ++n) {
      float* gradient = gradients.output + n * size_;
      const float* normalized = normalized_.data() + n * size_;
      for (std::int64_t i = 0; i < size_; ++i) {
        if (pass.learns) {
          bias_.gradient[i] += gradient[i];
          weight_.gradient[i] += gradient[i] * normalized[i];
        }
        gradient[i] *= weight_.value[i];
      }
      if (pass.wants_input_gradient) project(normalized, inverse_deviation_[n], gradient);
    }
  }

 private:
  void scale(const float* x, float mean, float inverse_deviation, float* normalized, float* y) const {
    for (std::int64_t i = 0; i < size_; ++i) {
      normalized[i] = (x[i] - mean) * inverse_deviation;
      y[i] = normalized[i] * weight_.value[i] + bias_.value[i];
    }
  }

  // Takes out of the gradient what shifting or stretching the whole sample would do: the output does not see either.
  void project(const float* normalized, float inverse_deviation, float* gradient) const {
    const double size = static_cast<double>(size_);
    const float mean = static_cast<float>(sum_of(size_, [&](std::int64_t i) { return gradient[i]; }) / size);
    const float slope = static_cast<float>(sum_of(size_, [&](std::int64_t i) { return gradient[i] * normalized[i]; }) / size);
    for (std::int64_t i = 0; i < size_; ++i) gradient[i] = inverse_deviation * (gradient[i] - mean - normalized[i] * slope);
  }

  std::int64_t size_;
  double epsilon_;
  Parameters::Pointers weight_, bias_;
  Buffer inverse_deviation_;
  ArenaSpan<float> normalized_, output_;
};

Shape layer_norm_shape(const ShapeContext& at) {
  at.check_epsilon();
  return at.input;
}

}  // namespace

extern const LayerType layer_norm_layer{
    .id = "layer_norm",
    .description =
        R"toml(summary = "normalizes each sample over all its elements (of an image: channels, height and width), then scales and shifts each"
)toml" TREINO_VARIANCE_EPSILON_TOML,
    .shape = layer_norm_shape,
    .flops = flops_per_output<8>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<LayerNorm>(context); },
};

}  // namespace treino::nn
