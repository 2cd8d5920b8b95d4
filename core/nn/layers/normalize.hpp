// What layers share that normalize numbers by their own mean and variance. Sums are in double.
#pragma once
#include <cmath>
#include <cstdint>

#include "nn/kernels/sums.hpp"

namespace treino::nn {

/// normalized = (x - mean) / sqrt(variance + epsilon), or x / sqrt(mean square + epsilon) where it is not `centered`. Returns the
/// factor of x.
inline float normalize(const float* x, std::int64_t count, double epsilon, bool centered, float* normalized) {
  const double size = static_cast<double>(count);
  const double mean = centered ? sum_of(count, [&](std::int64_t i) { return x[i]; }) / size : 0;
  const double variance = sum_of(count, [&](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); }) / size;
  const float factor = static_cast<float>(1 / std::sqrt(variance + epsilon)), shift = static_cast<float>(mean);
  for (std::int64_t i = 0; i < count; ++i) normalized[i] = (x[i] - shift) * factor;
  return factor;
}

/// From the gradient of `normalized` to that of x, in place: takes out what stretching all numbers, or where they were `centered`
/// also shifting them, would do. The output sees neither.
inline void normalize_gradient(const float* normalized, std::int64_t count, float factor, bool centered, float* gradient) {
  const double size = static_cast<double>(count);
  const float mean = centered ? static_cast<float>(sum_of(count, [&](std::int64_t i) { return gradient[i]; }) / size) : 0;
  const float slope = static_cast<float>(sum_of(count, [&](std::int64_t i) { return gradient[i] * normalized[i]; }) / size);
  for (std::int64_t i = 0; i < count; ++i) gradient[i] = factor * (gradient[i] - mean - normalized[i] * slope);
}

}  // namespace treino::nn
