// What layers share that normalize numbers by their own mean and variance.
#pragma once
#include <cmath>
#include <cstdint>

#include "nn/kernels/kernels.hpp"

namespace treino::nn {

/// (x - mean) / sqrt(variance + epsilon), or x / sqrt(mean square + epsilon) where it is not `centered`.
inline RowNormal normal_of(const float* x, std::int64_t size, double epsilon, bool centered) {
  double moments[2];
  kernels().row_moments(x, size, centered, moments);
  return {static_cast<float>(moments[0]), static_cast<float>(1 / std::sqrt(moments[1] + epsilon))};
}

/// What of the gradient of normalized numbers does not reach the numbers themselves, since stretching all of them, or where they were
/// centered also shifting them, changes nothing: an offset, and a slope along the normalized numbers. `sums`: as row_gradient_sums.
struct LostGradient {
  float offset, slope;
  LostGradient(const double* sums, std::int64_t size, bool centered)
      : offset(centered ? static_cast<float>(sums[0] / static_cast<double>(size)) : 0),
        slope(static_cast<float>(sums[1] / static_cast<double>(size))) {}
};

}  // namespace treino::nn
