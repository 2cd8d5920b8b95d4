// Rows out of a dataset, with everything that belongs to them.
#include "data/dataset.hpp"

#include <fmt/format.h>

#include "data/formats/large_array.hpp"

namespace treino::data {

namespace {

template <class Value>
std::vector<Value> gather(const std::vector<Value>& values, std::size_t width, std::span<const std::uint32_t> indices) {
  std::vector<Value> result;
  if (values.empty()) return result;
  reserve_large(result, indices.size() * width);
  for (const std::uint32_t index : indices) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(index * width);
    result.insert(result.end(), from, from + static_cast<std::ptrdiff_t>(width));
  }
  return result;
}

}  // namespace

std::int64_t Dataset::sample_size() const {
  std::int64_t size = 1;
  for (const std::int64_t dimension : sample_shape) size *= dimension;
  return size;
}

Dataset Dataset::rows(std::span<const std::uint32_t> indices) const {
  for (const std::uint32_t index : indices) {
    if (index >= count) throw std::out_of_range(fmt::format("row {} of a dataset of {}", index, count));
  }
  Dataset result;
  result.count = static_cast<std::int64_t>(indices.size());
  result.sample_shape = sample_shape;
  result.features = gather(features, static_cast<std::size_t>(sample_size()), indices);
  result.doubles = gather(doubles, static_cast<std::size_t>(sample_size()), indices);
  result.target_kind = target_kind;
  result.target_width = target_width;
  result.classes = gather(classes, 1, indices);
  result.values = gather(values, static_cast<std::size_t>(target_width), indices);
  result.class_names = class_names;
  result.feature_names = feature_names;
  result.target_names = target_names;
  result.file_rows.reserve(indices.size());
  for (const std::uint32_t index : indices) result.file_rows.push_back(file_row(index));
  return result;
}

}  // namespace treino::data
