// Each sum by one thread, in one order: the bits depend on no number of threads or processes.
#include "train/regularization.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "nn/kernels/parallel_for.hpp"

namespace treino::train {

namespace {

struct Sums {
  double absolute = 0, squared = 0;
};

/// In eight chains of additions, which processors make at the same time.
Sums sums_of(std::span<const float> values) {
  double absolute[8] = {}, squared[8] = {};
  const std::size_t whole = values.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8)
    for (std::size_t k = 0; k < 8; ++k) {
      const double value = values[i + k];
      absolute[k] += std::abs(value);
      squared[k] += value * value;
    }
  Sums sums;
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double value = values[i];
    sums.absolute += std::abs(value);
    sums.squared += value * value;
  }
  for (std::size_t k = 0; k < 8; ++k) sums.absolute += absolute[k], sums.squared += squared[k];
  return sums;
}

/// What the weights of a unit with this sum of squares are multiplied with.
float factor_of(double squared, double max_norm) {
  const double norm = std::sqrt(squared);
  return norm > max_norm && std::isfinite(norm) ? static_cast<float>(max_norm / norm) : 1.0f;
}

void limit_rows(nn::Parameter& parameter, std::int64_t units) {
  const std::size_t size = parameter.value.size() / static_cast<std::size_t>(units);
  nn::parallel_for(units, static_cast<std::int64_t>(size), parameter.threads, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t unit = first; unit < last; ++unit) {
      const std::span<float> row = parameter.value.subspan(static_cast<std::size_t>(unit) * size, size);
      const float factor = factor_of(sums_of(row).squared, parameter.regularization.max_norm);
      if (factor < 1)
        for (float& value : row) value *= factor;
    }
  });
}

/// Some columns at a time, row after row, as they lie.
void limit_columns(nn::Parameter& parameter, std::int64_t units) {
  constexpr std::int64_t together = 64;
  const std::int64_t rows = static_cast<std::int64_t>(parameter.value.size()) / units;
  nn::parallel_for(units, rows, parameter.threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = begin; first < end; first += together) {
      const std::int64_t count = std::min(together, end - first);
      double squared[together] = {};
      float factors[together];
      float* const columns = parameter.value.data() + first;
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t k = 0; k < count; ++k)
          squared[k] += static_cast<double>(columns[row * units + k]) * columns[row * units + k];
      for (std::int64_t k = 0; k < count; ++k) factors[k] = factor_of(squared[k], parameter.regularization.max_norm);
      if (std::all_of(factors, factors + count, [](float factor) { return factor == 1; })) continue;
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t k = 0; k < count; ++k)
          if (factors[k] < 1) columns[row * units + k] *= factors[k];
    }
  });
}

}  // namespace

Regularization::Regularization(std::span<nn::Parameter> parameters) {
  for (nn::Parameter& parameter : parameters) {
    if (parameter.regularization.has_penalty()) penalized_.push_back(&parameter);
    if (parameter.regularization.max_norm > 0) limited_.push_back(&parameter);
  }
}

double Regularization::penalty() const {
  double penalty = 0;
  for (const nn::Parameter* parameter : penalized_) {
    if (!parameter->trainable) continue;
    const Sums sums = sums_of(parameter->value);
    penalty += parameter->regularization.l1 * sums.absolute + parameter->regularization.l2 * sums.squared;
  }
  return penalty;
}

void Regularization::add_gradients() const {
  for (const nn::Parameter* parameter : penalized_) {
    if (!parameter->trainable) continue;
    const auto l1 = static_cast<float>(parameter->regularization.l1);
    const auto slope = static_cast<float>(2 * parameter->regularization.l2);
    nn::parallel_for(static_cast<std::int64_t>(parameter->value.size()), 1, parameter->threads,
                     [&](std::int64_t first, std::int64_t last) {
                       const float* const value = parameter->value.data();
                       float* const gradient = parameter->gradient.data();
                       for (std::int64_t i = first; i < last; ++i) {
                         const float sign = static_cast<float>(value[i] > 0) - static_cast<float>(value[i] < 0);
                         gradient[i] += l1 * sign + slope * value[i];
                       }
                     });
  }
}

void Regularization::limit_norms() const {
  for (nn::Parameter* parameter : limited_) {
    if (!parameter->trainable) continue;
    if (parameter->regularization.units_are_rows)
      limit_rows(*parameter, parameter->shape.front());
    else
      limit_columns(*parameter, parameter->shape.back());
  }
}

}  // namespace treino::train
