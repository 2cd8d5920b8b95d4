// Rows out of a dataset, with everything that belongs to them.
#include "data/dataset.hpp"

#include <fmt/format.h>

#include <functional>
#include <numeric>

#include "data/large_array.hpp"

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

std::uint64_t element_count(const Shape& shape, const std::string& name) {
  constexpr std::uint64_t most = std::uint64_t{1} << 48;
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) throw DataError(fmt::format("{}: a dimension of {} elements", name, size));
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && count > most / factor) throw DataError(fmt::format("{}: the shape is too large", name));
    count *= factor;
  }
  return count;
}

std::int64_t InputShape::size() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t size_of(const std::vector<InputShape>& inputs) {
  std::int64_t sum = 0;
  for (const InputShape& input : inputs) sum += input.size();
  return sum;
}

std::string to_text(const std::vector<InputShape>& inputs) {
  std::string text;
  for (const InputShape& input : inputs)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", input.name, fmt::join(input.shape, "x"));
  return text;
}

std::int64_t Dataset::sample_size() const {
  return std::accumulate(sample_shape.begin(), sample_shape.end(), std::int64_t{1}, std::multiplies<>());
}

Dataset Dataset::of_target(std::size_t further) const {
  const Targets& target = targets.at(further);
  Dataset result;
  result.count = count;
  result.target_kind = target.kind;
  result.target_width = target.width;
  result.target_steps = target.steps;
  result.classes = target.classes;
  result.values = target.values;
  result.class_names = target.class_names;
  result.target_names = target.names;
  return result;
}

Dataset Dataset::rows(std::span<const std::uint32_t> indices) const {
  for (const std::uint32_t index : indices) {
    if (index >= count) throw std::out_of_range(fmt::format("row {} of a dataset of {}", index, count));
  }
  Dataset result;
  result.count = static_cast<std::int64_t>(indices.size());
  result.sample_shape = sample_shape;
  result.inputs = inputs;
  result.features = gather(features, static_cast<std::size_t>(sample_size()), indices);
  result.doubles = gather(doubles, static_cast<std::size_t>(sample_size()), indices);
  result.stored = stored;
  result.target_kind = target_kind;
  result.target_width = target_width;
  result.target_steps = target_steps;
  result.classes = gather(classes, static_cast<std::size_t>(target_steps), indices);
  result.values = gather(values, static_cast<std::size_t>(target_width), indices);
  result.class_names = class_names;
  for (const Targets& target : targets)
    result.targets.push_back(
        {target.kind, target.width, target.steps, gather(target.classes, static_cast<std::size_t>(target.steps), indices),
         gather(target.values, static_cast<std::size_t>(target.width), indices), target.class_names, target.names});
  result.feature_names = feature_names;
  result.target_names = target_names;
  result.file_rows.reserve(indices.size());
  for (const std::uint32_t index : indices) result.file_rows.push_back(file_row(index));
  return result;
}

}  // namespace treino::data
