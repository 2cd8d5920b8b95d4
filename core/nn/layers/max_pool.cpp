// Maxima and means over windows. Padding is never part of either: a maximum does not see it, a mean divides by the elements that
// are there.
#include <algorithm>
#include <cmath>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/shapes.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/kernels/sums.hpp"

namespace treino::nn {
namespace {

/// The part of one window that lies on the input.
struct Patch {
  std::int64_t top, bottom, left, right;
  std::int64_t count() const { return (bottom - top) * (right - left); }
};

Patch patch_at(const Window& window, std::int64_t row, std::int64_t column) {
  const std::int64_t top = row * window.stride_height - window.top, left = column * window.stride_width - window.left;
  return {std::max<std::int64_t>(top, 0), std::min(top + window.kernel_height, window.height), std::max<std::int64_t>(left, 0),
          std::min(left + window.kernel_width, window.width)};
}

/// visit(output index, patch) over one channel of one sample.
template <class Visit>
void each_patch(const Window& window, Visit visit) {
  for (std::int64_t row = 0; row < window.output_height; ++row) {
    for (std::int64_t column = 0; column < window.output_width; ++column) {
      visit(row * window.output_width + column, patch_at(window, row, column));
    }
  }
}

class Pool : public Layer {
 public:
  explicit Pool(const LayerContext& context)
      : window_(window_of(context.number, context.spec, context.input)),
        area_(window_.height * window_.width),
        output_area_(window_.output_height * window_.output_width) {
    context.request(output_);
  }
  Traits traits() const override { return {}; }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.wants_input_gradient) return;
    std::fill_n(gradients.input, pass.batch * window_.channels * area_, 0.0f);
    for (std::int64_t plane = 0; plane < pass.batch * window_.channels; ++plane) {
      spread(plane, gradients.output + plane * output_area_, gradients.input + plane * area_);
    }
  }

 protected:
  /// Adds the gradient of one channel's output to that of its input.
  virtual void spread(std::int64_t plane, const float* output_gradient, float* input_gradient) const = 0;

  Window window_;
  std::int64_t area_, output_area_;
  ArenaSpan<float> output_;
};

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

/// Of channels in blocks.
class BlockedMaxPool final : public Layer {
 public:
  BlockedMaxPool(const LayerContext& context, const Window& window)
      : window_{context.input_block,    window.height, window.width, window.kernel_height, window.kernel_width, window.stride_height,
                window.stride_width, window.top,    window.left,  window.output_height, window.output_width},
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

std::unique_ptr<Layer> make_max_pool(const LayerContext& context) {
  if (context.input_block == 1) return std::make_unique<MaxPool>(context);
  return std::make_unique<BlockedMaxPool>(context, window_of(context.number, context.spec, context.input));
}

bool max_pool_accepts_blocked_layout(const LayerSpec& spec) {
  return spec.kernel.front() * spec.kernel.back() <= 255;  // a winner's place in its window is kept in a byte
}

std::unique_ptr<Layer> make_avg_pool(const LayerContext& context) { return std::make_unique<AvgPool>(context); }
std::unique_ptr<Layer> make_global_avg_pool(const LayerContext& context) { return std::make_unique<GlobalAvgPool>(context); }

}  // namespace treino::nn
