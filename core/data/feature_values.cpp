// Most data fit floats exactly; doubles are kept only from the first value on that does not.
#include "data/feature_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/large_array.hpp"

namespace treino::data {

/// Narrowing a double that float cannot hold is undefined; infinity is what it means.
float to_float(double value) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (std::abs(value) > std::numeric_limits<float>::max()) return value > 0 ? infinity : -infinity;
  return static_cast<float>(value);
}

bool are_floats(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return static_cast<double>(to_float(value)) == value || std::isnan(value); });
}

void FeatureValues::reserve(std::size_t count) {
  if (doubles.empty()) {
    reserve_large(floats, count);
  } else {
    reserve_large(doubles, count);
  }
}

void FeatureValues::append(std::span<const double> values, bool keep) {
  if (doubles.empty() && (!keep || are_floats(values))) {
    const std::size_t before = floats.size();
    floats.resize(before + values.size());
    std::transform(values.begin(), values.end(), floats.begin() + static_cast<std::ptrdiff_t>(before), to_float);
    return;
  }
  if (doubles.empty()) {
    reserve_large(doubles, std::max(floats.capacity(), floats.size() + values.size()));
    doubles.assign(floats.begin(), floats.end());
    floats = {};
  }
  doubles.insert(doubles.end(), values.begin(), values.end());
}

}  // namespace treino::data
