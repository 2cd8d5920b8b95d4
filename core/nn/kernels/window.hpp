// How a kernel goes over images: what convolutions and pools compute with.
#pragma once
#include <cstdint>

namespace treino::nn {

/// Where a kernel goes over a channels x height x width input. Bottom and right paddings are what `same_padding` may add to one
/// side only.
struct Window {
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_height = 0, stride_width = 0;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  std::int64_t output_height = 0, output_width = 0;
  std::int64_t dilation_height = 1, dilation_width = 1;  // from one element of the kernel to the next, on the input
  std::int64_t groups = 1;                               // of channels, and as many of filters, each convolved by itself

  /// How far a kernel reaches over the input.
  std::int64_t reach_height() const { return (kernel_height - 1) * dilation_height + 1; }
  std::int64_t reach_width() const { return (kernel_width - 1) * dilation_width + 1; }
};

}  // namespace treino::nn
