// Feature values as they are read: floats while floats hold them exactly, doubles from the first one on that they do not.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace treino::data {

/// Whether floats hold all of them; NaN is one.
bool are_floats(std::span<const double> values);
/// The nearest float, or infinity.
float to_float(double value);

struct FeatureValues {
  std::vector<float> floats;
  std::vector<double> doubles;  // in place of the floats; empty: there are none

  std::size_t size() const { return doubles.empty() ? floats.size() : doubles.size(); }
  /// `keep`: becomes doubles where a float would be another number; else the nearest floats are taken.
  void append(std::span<const double> values, bool keep);
  /// Memory for so many in all.
  void reserve(std::size_t count);
  std::size_t capacity() const { return doubles.empty() ? floats.capacity() : doubles.capacity(); }
};

}  // namespace treino::data
