// The class of a sample that has a single one, whether it is kept as an index or as a one-hot row.
#pragma once
#include <cstdint>
#include <string>

#include "data/dataset.hpp"

namespace treino::data {

inline std::int32_t class_of(const Dataset& dataset, std::size_t row) {
  if (dataset.target_kind == TargetKind::index) return dataset.classes[row];
  const auto width = static_cast<std::size_t>(dataset.target_width);
  const float* values = dataset.values.data() + row * width;
  std::size_t largest = 0;
  for (std::size_t i = 1; i < width; ++i) {
    if (values[i] > values[largest]) largest = i;
  }
  return static_cast<std::int32_t>(largest);
}

/// Throws DataError "WHAT needs classes, ..." unless every sample has a class in [0, target_width).
void require_classes(const Dataset& dataset, const std::string& what);

}  // namespace treino::data
