// What a convolution multiplies where that is not float32: copies of its arrays, rounded to bfloat16, in the memory of the call.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/kernels/window.hpp"

namespace treino::nn {

class RoundedOperands {
 public:
  /// For as many threads as the pool has at this moment.
  RoundedOperands(const Window& window, std::int64_t filters, std::int64_t batch)
      : input_size(batch * window.channels * window.height * window.width),
        weight_size(filters * (window.channels / window.groups) * window.kernel_height * window.kernel_width),
        output_size(batch * filters * window.output_height * window.output_width),
        threads_(pool_threads()) {}

  const std::int64_t input_size, weight_size, output_size;  // numbers

  /// Bytes, on a cache line's boundary.
  std::size_t size() const { return static_cast<std::size_t>(first_size() + second_size()) * sizeof(float); }

  // Each pass has two operands: images in the first place, weights or the images of the other side in the second.
  const float* first(const float* values, std::int64_t count, std::byte* memory) const {
    return round(values, count, reinterpret_cast<float*>(memory));
  }
  const float* second(const float* values, std::int64_t count, std::byte* memory) const {
    return round(values, count, reinterpret_cast<float*>(memory) + first_size());
  }

 private:
  static std::int64_t lines(std::int64_t numbers) { return (numbers + 15) / 16 * 16; }
  std::int64_t first_size() const { return lines(std::max(input_size, output_size)); }
  std::int64_t second_size() const { return lines(std::max(weight_size, output_size)); }

  const float* round(const float* values, std::int64_t count, float* to) const {
    parallel_for(count, 1, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().round_to_bf16(values + first, to + first, last - first);
    });
    return to;
  }

  int threads_;
};

}  // namespace treino::nn
