// The mean of each channel over all its places, with sums in double: images of any size become as many numbers as they have
// channels.
#include <algorithm>

#include "nn/kernels/sums.hpp"
#include "nn/layers/pool.hpp"

namespace treino::nn {
namespace {

class GlobalAvgPool final : public Layer {
 public:
  explicit GlobalAvgPool(const LayerContext& context) : channels_(context.input[0]), area_(size_of(context.input) / channels_) {
    context.request(output_);
  }
  Traits traits() const override { return {}; }

  const float* forward(const float* input, const Pass& pass) override {
    for (std::int64_t plane = 0; plane < pass.batch * channels_; ++plane) {
      const float* x = input + plane * area_;
      output_[plane] = static_cast<float>(sum_of(area_, [&](std::int64_t i) { return x[i]; }) / static_cast<double>(area_));
    }
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    for (std::int64_t plane = 0; plane < pass.batch * channels_; ++plane) {
      std::fill_n(gradients.input + plane * area_, area_, gradients.output[plane] / static_cast<float>(area_));
    }
  }

 private:
  std::int64_t channels_, area_;
  ArenaSpan<float> output_;
};

}  // namespace

extern const LayerType global_avg_pool_layer{
    .id = "global_avg_pool",
    .description = "summary = \"mean of each channel: channels x height x width, or x length, becomes channels\"",
    .shape = global_pool_shape,
    .flops = [](const LayerSpec&, const Shape& input, const Shape&) { return size_of(input); },
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<GlobalAvgPool>(context); },
};

}  // namespace treino::nn
