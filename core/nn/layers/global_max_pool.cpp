// The largest element of each channel, wherever it is: images of any size become as many numbers as they have channels.
#include <cmath>

#include "nn/layers/pool.hpp"

namespace treino::nn {
namespace {

class GlobalMaxPool final : public Layer {
 public:
  explicit GlobalMaxPool(const LayerContext& context) : channels_(context.input[0]), area_(size_of(context.input) / channels_) {
    context.request(output_);
    context.request(winners_, Use::kept);
  }
  Traits traits() const override { return {}; }

  const float* forward(const float* input, const Pass& pass) override {
    for (std::int64_t plane = 0; plane < pass.batch * channels_; ++plane) {
      const float* x = input + plane * area_;
      winners_[plane] = winner(x);
      output_[plane] = x[winners_[plane]];
    }
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    std::fill_n(gradients.input, pass.batch * channels_ * area_, 0.0f);
    for (std::int64_t plane = 0; plane < pass.batch * channels_; ++plane)
      gradients.input[plane * area_ + winners_[plane]] = gradients.output[plane];
  }

 private:
  // The first of several equal ones. A NaN wins over everything, so that it is seen at the output.
  std::int32_t winner(const float* x) const {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < area_; ++i)
      if (x[i] > x[best] || std::isnan(x[i])) best = i;
    return static_cast<std::int32_t>(best);
  }

  std::int64_t channels_, area_;
  ArenaSpan<float> output_;
  ArenaSpan<std::int32_t> winners_;
};

}  // namespace

extern const LayerType global_max_pool_layer{
    .id = "global_max_pool",
    .description = "summary = \"largest element of each channel: channels x height x width, or x length, becomes channels\"",
    .shape = global_pool_shape,
    .flops = [](const LayerSpec&, const Shape& input, const Shape&) { return size_of(input); },
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<GlobalMaxPool>(context); },
};

}  // namespace treino::nn
