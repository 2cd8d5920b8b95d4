// Measures of gradients.
#include "vectors.hpp"

#include <cmath>

namespace treino::lbfgs {

/// NaN where any gradient is.
double Vectors::largest_gradient() const {
  double largest = 0;
  each([&](const ParameterStep& parameter, std::int64_t) {
    for (const float gradient : parameter.gradient()) {
      const double size = std::abs(static_cast<double>(gradient));
      if (size > largest || std::isnan(size)) largest = std::isnan(largest) ? largest : size;
    }
  });
  return largest;
}

double Vectors::sum_of_gradients() const {
  double sum = 0;
  each([&](const ParameterStep& parameter, std::int64_t) {
    for (const float gradient : parameter.gradient()) sum += std::abs(static_cast<double>(gradient));
  });
  return sum;
}

}  // namespace treino::lbfgs
