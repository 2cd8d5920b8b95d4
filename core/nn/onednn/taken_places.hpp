// Convolutions of 1x1: matrix products of channels, at all places of an image or at those that a stride takes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "nn/kernels/window.hpp"

namespace treino::nn {

/// True where each output is a product of all channels at one place.
inline bool is_product(const Window& window) {
  return window.groups == 1 && window.kernel_height == 1 && window.kernel_width == 1 && window.top == 0 && window.left == 0 &&
         window.bottom == 0 && window.right == 0;
}

/// The places that a product with a stride takes, as images of their own: of these it is a product with stride 1. Left to itself,
/// oneDNN moves plain images into blocks for it, places that nobody takes and all.
class TakenPlaces {
 public:
  TakenPlaces(const Window& window, std::int64_t batch) : window_(window), planes_(batch * window.channels) {}

  static bool worth_it(const Window& window, std::int64_t input_block) {
    return is_product(window) && input_block == 1 && (window.stride_height > 1 || window.stride_width > 1);
  }

  /// As a convolution of what was taken sees it.
  Window window() const {
    Window taken = window_;
    taken.height = taken.output_height;
    taken.width = taken.output_width;
    taken.stride_height = taken.stride_width = 1;
    return taken;
  }

  /// Of floats, and so that what follows is aligned as they are.
  std::size_t size() const {
    return static_cast<std::size_t>((planes_ * window_.output_height * window_.output_width + 15) / 16 * 16);
  }

  void take(const float* images, float* taken) const {
    each_row(images, taken, [this](const float* from, float* to) {
      for (std::int64_t i = 0; i < window_.output_width; ++i) to[i] = from[i * window_.stride_width];
    });
  }

  /// All other places are set to zero.
  void restore(const float* taken, float* images) const {
    std::memset(images, 0, static_cast<std::size_t>(planes_ * window_.height * window_.width) * sizeof(float));
    each_row(images, taken, [this](float* to, const float* from) {
      for (std::int64_t i = 0; i < window_.output_width; ++i) to[i * window_.stride_width] = from[i];
    });
  }

 private:
  template <class Images, class Taken, class Visit>
  void each_row(Images* images, Taken* taken, Visit visit) const {
    for (std::int64_t plane = 0; plane < planes_; ++plane) {
      for (std::int64_t row = 0; row < window_.output_height; ++row, taken += window_.output_width) {
        visit(images + (plane * window_.height + row * window_.stride_height) * window_.width, taken);
      }
    }
  }

  Window window_;
  std::int64_t planes_;
};

}  // namespace treino::nn
