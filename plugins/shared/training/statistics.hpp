// Sums, extremes and zeros of a tensor of float32, found in one pass that allocates nothing.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

/// Of any number of tensors; NaN in one of them makes all but zeros and count NaN.
struct Statistics {
  double sum = 0, squares = 0, absmax = 0, zeros = 0, count = 0;

  double norm() const { return std::sqrt(squares); }
  /// NaN where there is no element.
  double mean() const { return sum / count; }
  /// Standard deviation of the elements, as of a whole population.
  double deviation() const {
    const double variance = squares / count - mean() * mean();
    return std::sqrt(variance < 0 ? 0 : variance);  // rounding; NaN stays
  }

  void add(const Statistics& other) {
    sum += other.sum;
    squares += other.squares;
    absmax = larger(absmax, other.absmax);
    zeros += other.zeros;
    count += other.count;
  }
  void add(double value) { add(Statistics{value, value * value, std::abs(value), value == 0 ? 1.0 : 0.0, 1}); }
  /// Eight sums side by side, which a compiler keeps in vector registers.
  void add(const float* values, std::size_t size) {
    constexpr std::size_t lanes = 8;
    double part[lanes] = {}, square[lanes] = {};
    float largest[lanes] = {};
    std::uint32_t zero[lanes] = {};
    std::size_t i = 0;
    for (; i + lanes <= size; i += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float value = values[i + lane], magnitude = std::abs(value);
        part[lane] += static_cast<double>(value);
        square[lane] += static_cast<double>(value) * static_cast<double>(value);
        largest[lane] = largest[lane] < magnitude ? magnitude : largest[lane];
        zero[lane] += value == 0 ? 1u : 0u;
      }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double absolute = std::isnan(square[lane]) ? square[lane] : static_cast<double>(largest[lane]);
      add(Statistics{part[lane], square[lane], absolute, static_cast<double>(zero[lane]), 0});
    }
    count += static_cast<double>(i);
    for (; i < size; ++i) add(static_cast<double>(values[i]));
  }

 private:
  static double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }
};

/// function(float) for each element, in row-major order.
template <class Function>
void each_element(const treino_tensor& view, Function&& function) {
  const Elements<const float> elements(view);
  for (std::int64_t i = 0; i < elements.size(); ++i) function(elements[i]);
}

inline Statistics statistics_of(const treino_tensor& view) {
  Statistics statistics;
  const Elements<const float> elements(view);
  if (elements.contiguous())
    statistics.add(elements.data(), static_cast<std::size_t>(elements.size()));
  else
    each_element(view, [&](float value) { statistics.add(static_cast<double>(value)); });
  return statistics;
}

}  // namespace sdk0
}  // namespace treino
