// The mean of each window, of the elements that lie on the input.
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/pool.hpp"

namespace treino::nn {
namespace {

class AvgPool final : public Pool {
 public:
  using Pool::Pool;

  const float* forward(const float* input, const Pass& pass) override {
    for (std::int64_t plane = 0; plane < pass.batch * window_.channels; ++plane) {
      const float* x = input + plane * area_;
      float* y = output_.data() + plane * output_area_;
      each_patch(window_, [&](std::int64_t i, const Patch& patch) { y[i] = mean(x, patch); });
    }
    return output_.data();
  }

 private:
  float mean(const float* x, const Patch& patch) const {
    float sum = 0;
    for (std::int64_t row = patch.top; row < patch.bottom; ++row) {
      for (std::int64_t column = patch.left; column < patch.right; ++column) sum += x[row * window_.width + column];
    }
    return sum / static_cast<float>(patch.count());
  }

  void spread(std::int64_t, const float* output_gradient, float* input_gradient) const override {
    each_patch(window_, [&](std::int64_t i, const Patch& patch) {
      const float share = output_gradient[i] / static_cast<float>(patch.count());
      for (std::int64_t row = patch.top; row < patch.bottom; ++row) {
        for (std::int64_t column = patch.left; column < patch.right; ++column)
          input_gradient[row * window_.width + column] += share;
      }
    });
  }
};

}  // namespace

extern const LayerType avg_pool_layer{
    .id = "avg_pool",
    .description =
        "summary = \"mean of each window, of images or of channels x length; padding is not counted\"\n" TREINO_POOL_WINDOW_TOML,
    .shape = pool_shape,
    .flops = pool_flops,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<AvgPool>(context); },
};

}  // namespace treino::nn
