// What pools of plain channels share. Padding is never part of a window: a maximum does not see it, a mean divides by the elements
// that are there.
#pragma once
#include <algorithm>

#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/window.hpp"

namespace treino::nn {

/// The part of one window that lies on the input.
struct Patch {
  std::int64_t top, bottom, left, right;
  std::int64_t count() const { return (bottom - top) * (right - left); }
};

inline Patch patch_at(const Window& window, std::int64_t row, std::int64_t column) {
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
      : window_(window_of({context.number, context.spec, context.input}, WindowUse::pool)),
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

inline Shape pool_shape(const ShapeContext& at) {
  const Window window = window_of(at, WindowUse::pool);
  if (at.input.size() == 2) return {window.channels, window.output_width};
  return {window.channels, window.output_height, window.output_width};
}

/// For pools over all places of a channel.
inline Shape global_pool_shape(const ShapeContext& at) {
  at.check_places();
  return {at.input[0]};
}

inline std::int64_t pool_flops(const LayerSpec& spec, const Shape& input, const Shape& output) {
  const Window window = window_of({0, spec, input}, WindowUse::pool);
  return size_of(output) * window.kernel_height * window.kernel_width;
}

}  // namespace treino::nn
