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
};

}  // namespace treino::nn
