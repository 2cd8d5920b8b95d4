// Images made larger by repeating each place, its nearest neighbor, a whole number of times down and to the right.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/window.hpp"

namespace treino::nn {
namespace {

class Upsample final : public Layer {
 public:
  explicit Upsample(const LayerContext& context)
      : channels_(context.input[0]),
        height_(context.input[1]),
        width_(context.input[2]),
        down_(context.output[1] / height_),
        right_(context.output[2] / width_),
        threads_(context.threads) {
    context.request(output_);
  }
  Traits traits() const override { return {}; }

  const float* forward(const float* input, const Pass& pass) override {
    each_row(pass.batch, [&](std::int64_t row) {
      const float* x = input + row * width_;
      float* y = output_.data() + row * down_ * output_width();
      for (std::int64_t j = 0; j < width_; ++j) std::fill_n(y + j * right_, right_, x[j]);
      for (std::int64_t i = 1; i < down_; ++i) std::copy_n(y, output_width(), y + i * output_width());
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    each_row(pass.batch, [&](std::int64_t row) {
      const float* from = gradients.output + row * down_ * output_width();
      float* to = gradients.input + row * width_;
      for (std::int64_t j = 0; j < width_; ++j) {
        float sum = 0;
        for (std::int64_t i = 0; i < down_; ++i)
          for (std::int64_t k = 0; k < right_; ++k) sum += from[i * output_width() + j * right_ + k];
        to[j] = sum;
      }
    });
  }

 private:
  std::int64_t output_width() const { return width_ * right_; }

  /// visit(number of a row of the input), of all samples and channels.
  template <class Visit>
  void each_row(std::int64_t batch, Visit visit) const {
    parallel_for(batch * channels_ * height_, down_ * output_width(), threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) visit(row);
    });
  }

  std::int64_t channels_, height_, width_, down_, right_;
  int threads_;
  ArenaSpan<float> output_;
};

Shape upsample_shape(const ShapeContext& at) {
  at.check_image();
  const auto [down, right] = pair_of(at, "factor", {2, 2}, 1);
  return {at.input[0], at.input[1] * down, at.input[2] * right};
}

}  // namespace

extern const LayerType upsample_layer{
    .id = "upsample",
    .description = R"toml(summary = "repeats each place of an image: the nearest neighbor of each place of a larger one"
[type.parameters.factor]
type = "list"
items = "int"
scalar = true
default = []
min = 1
doc = "how many times, vertically and horizontally; a single integer means both; empty: 2"
)toml",
    .shape = upsample_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Upsample>(context); },
};

}  // namespace treino::nn
