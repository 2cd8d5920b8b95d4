// The maximum of each window. A relu before it may come after it: the largest of some numbers made positive is the largest one,
// made positive, and that is done to fewer of them.
#include <algorithm>
#include <cmath>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/pool.hpp"

namespace treino::nn {
namespace {

class MaxPool final : public Pool {
 public:
  explicit MaxPool(const LayerContext& context)
      : Pool(context),
        all_inside_(window_.top == 0 && window_.left == 0 &&
                    (window_.output_height - 1) * window_.stride_height + window_.kernel_height <= window_.height &&
                    (window_.output_width - 1) * window_.stride_width + window_.kernel_width <= window_.width) {
    context.request(winners_, Use::kept);
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_output = relu_}; }

  const float* forward(const float* input, const Pass& pass) override {
    for (std::int64_t plane = 0; plane < pass.batch * window_.channels; ++plane) {
      const float* x = input + plane * area_;
      float* y = output_.data() + plane * output_area_;
      std::int32_t* winners = winners_.data() + plane * output_area_;
      if (all_inside_) {
        for (std::int64_t row = 0; row < window_.output_height; ++row) {
          take_row(x, row, y + row * window_.output_width, winners + row * window_.output_width);
        }
      } else {
        each_patch(window_, [&](std::int64_t i, const Patch& patch) {
          winners[i] = winner(x, patch);
          y[i] = x[winners[i]];
        });
      }
    }
    if (relu_) kernels().add_bias(output_.data(), nullptr, pass.batch, window_.channels * output_area_, true);
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (relu_) kernels().relu_gradient(gradients.output, output_.data(), pass.batch * window_.channels * output_area_);
    Pool::backward(gradients, pass);
  }

 private:
  // Where no window leaves the input: one element of all windows of a row after the other, without a branch.
  void take_row(const float* x, std::int64_t row, float* y, std::int32_t* winners) const {
    const std::int64_t first = row * window_.stride_height * window_.width;
    for (std::int64_t column = 0; column < window_.output_width; ++column) {
      winners[column] = static_cast<std::int32_t>(first + column * window_.stride_width);
      y[column] = x[winners[column]];
    }
    for (std::int64_t i = 0; i < window_.kernel_height; ++i) {
      for (std::int64_t j = 0; j < window_.kernel_width; ++j) {
        const std::int64_t offset = first + i * window_.width + j;
        for (std::int64_t column = 0; column < window_.output_width; ++column) {
          const std::int64_t at = offset + column * window_.stride_width;
          const float candidate = x[at], best = y[column];
          const bool wins = (candidate > best) | (candidate != candidate);
          y[column] = wins ? candidate : best;
          winners[column] = wins ? static_cast<std::int32_t>(at) : winners[column];
        }
      }
    }
  }

  // The first of several equal ones. A NaN wins over everything, so that it is seen at the output.
  std::int32_t winner(const float* x, const Patch& patch) const {
    std::int64_t best = patch.top * window_.width + patch.left;
    for (std::int64_t row = patch.top; row < patch.bottom; ++row) {
      for (std::int64_t column = patch.left; column < patch.right; ++column) {
        const std::int64_t at = row * window_.width + column;
        if (x[at] > x[best] || std::isnan(x[at])) best = at;
      }
    }
    return static_cast<std::int32_t>(best);
  }

  void spread(std::int64_t plane, const float* output_gradient, float* input_gradient) const override {
    const std::int32_t* winners = winners_.data() + plane * output_area_;
    for (std::int64_t i = 0; i < output_area_; ++i) input_gradient[winners[i]] += output_gradient[i];
  }

  bool all_inside_, relu_ = false;
  ArenaSpan<std::int32_t> winners_;
};

/// The same of channels in blocks.
class BlockedMaxPool final : public Layer {
 public:
  BlockedMaxPool(const LayerContext& context, const Window& window)
      : window_{.block = context.input_block,
                .height = window.height,
                .width = window.width,
                .kernel_height = window.kernel_height,
                .kernel_width = window.kernel_width,
                .stride_height = window.stride_height,
                .stride_width = window.stride_width,
                .top = window.top,
                .left = window.left,
                .output_height = window.output_height,
                .output_width = window.output_width},
        blocks_(window.channels / context.input_block),
        threads_(context.threads) {
    context.request(output_);
    context.request(winners_, Use::kept);
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_output = relu_}; }
  std::int64_t channel_block() const override { return window_.block; }

  const float* forward(const float* input, const Pass& pass) override {
    each_block(pass.batch, [&](std::int64_t in, std::int64_t out) {
      kernels().max_pool(input + in, output_.data() + out, winners_.data() + out, window_, relu_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    each_block(pass.batch, [&](std::int64_t in, std::int64_t out) {
      kernels().max_pool_gradient(gradients.output + out, output_.data() + out, winners_.data() + out, gradients.input + in,
                                  window_, relu_);
    });
  }

 private:
  /// visit(offset of a block of channels in the input, and in the output)
  template <class Visit>
  void each_block(std::int64_t batch, Visit visit) const {
    const std::int64_t in = window_.height * window_.width * window_.block;
    const std::int64_t out = window_.output_height * window_.output_width * window_.block;
    parallel_for(batch * blocks_, in, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) visit(i * in, i * out);
    });
  }

  PoolWindow window_;
  std::int64_t blocks_;
  int threads_;
  bool relu_ = false;
  ArenaSpan<float> output_;
  ArenaSpan<std::uint8_t> winners_;
};

std::unique_ptr<Layer> make_max_pool(const LayerContext& context) {
  if (context.input_block == 1) return std::make_unique<MaxPool>(context);
  return std::make_unique<BlockedMaxPool>(context, window_of({context.number, context.spec, context.input}, WindowUse::pool));
}

/// There, a winner's place in its window is kept in a byte.
bool accepts_blocked_layout(const Settings& settings) {
  const auto& kernel = settings.at<std::vector<std::int64_t>>("kernel");
  return kernel.front() * kernel.back() <= 255;
}

}  // namespace

extern const LayerType max_pool_layer{
    .id = "max_pool",
    .description = "summary = \"maximum of each window, of images or of channels x length\"\n" TREINO_POOL_WINDOW_TOML,
    .shape = pool_shape,
    .flops = pool_flops,
    .make = make_max_pool,
    .accepts_blocked_layout = accepts_blocked_layout,
    .takes_relu_before = true,
};

}  // namespace treino::nn
