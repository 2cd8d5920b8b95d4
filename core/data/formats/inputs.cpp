// A sample stays one row of features: what inputs are in a file decides only how long each one's part of it is.
#include "data/formats/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "data/formats/array_reader.hpp"
#include "data/formats/array_table.hpp"
#include "data/formats/message.hpp"

namespace treino::data {
namespace {

/// For the reader of a single array.
Source of_input(const Source& source, const Source::Input& input) {
  Source one = source;
  one.inputs.clear();
  one.feature_key = input.key;
  one.sample_shape.clear();
  return one;
}

std::string array_name(const Source& source, const Source::Input& input) {
  return fmt::format("{}: {}", source.file.string(), in_quotes(input.key));
}

InputShape shape_of_array(const Source& source, const Source::Input& input, const Shape& found) {
  const std::string name = array_name(source, input);
  if (input.shape.empty()) return {input.name, found};
  if (element_count(input.shape, name) == element_count(found, name)) return {input.name, input.shape};
  throw DataError(fmt::format("{}: the shape {} of input {} has {} elements, a sample of the array {}", name,
                              fmt::join(input.shape, "x"), in_quotes(input.name), element_count(input.shape, name),
                              element_count(found, name)));
}

template <class Number>
std::span<const Number> row_of(const std::vector<Number>& values, std::int64_t row, std::int64_t size) {
  return std::span(values).subspan(static_cast<std::size_t>(row * size), static_cast<std::size_t>(size));
}

/// Doubles where one of the arrays needs them.
FeatureValues side_by_side(const std::vector<Table>& arrays, const std::vector<InputShape>& inputs) {
  const bool doubles =
      std::any_of(arrays.begin(), arrays.end(), [](const Table& table) { return !table.features.values.doubles.empty(); });
  std::size_t size = 0;
  for (const Table& array : arrays) size += array.features.values.size();
  FeatureValues all;
  if (doubles)
    all.doubles.reserve(size);
  else
    all.reserve(size);
  for (std::int64_t row = 0; row < arrays.front().features.count; ++row)
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      const FeatureValues& values = arrays[k].features.values;
      const auto take = [&](auto& to, const auto& from) {
        const auto part = row_of(from, row, inputs[k].size());
        to.insert(to.end(), part.begin(), part.end());
      };
      if (!doubles)
        take(all.floats, values.floats);
      else if (values.doubles.empty())
        take(all.doubles, values.floats);
      else
        take(all.doubles, values.doubles);
    }
  return all;
}

void unite(std::vector<std::uint8_t>& dropped, const std::vector<std::uint8_t>& more) {
  dropped.resize(std::max(dropped.size(), more.size()));
  for (std::size_t i = 0; i < more.size(); ++i) dropped[i] |= more[i];
}

}  // namespace

void check_inputs(const Source& source, const std::string& format, const std::string& name) {
  if (source.inputs.empty()) return;
  const Source::Input& first = source.inputs.front();
  if (format == "csv" && first.columns == 0)
    throw DataError(fmt::format("{}: input {} has a key, which a npz file takes: name its columns", name, in_quotes(first.name)));
  if (format == "npz" && first.columns > 0)
    throw DataError(
        fmt::format("{}: input {} has columns, which a csv file takes: name its array with key", name, in_quotes(first.name)));
  if (format == "idx" || format == "npy")
    throw DataError(
        fmt::format("{}: a {} file holds one array, and inputs {} are asked for: a csv file has columns for several, "
                    "a npz file arrays",
                    name, format, in_quotes(first.name) + (source.inputs.size() > 1 ? " and others" : "")));
}

std::vector<InputShape> inputs_of_columns(const Source& source, std::int64_t size, const std::string& name) {
  std::vector<InputShape> inputs;
  for (const Source::Input& input : source.inputs) {
    if (input.shape.empty() && input.columns == 0)
      throw DataError(
          fmt::format("{}: how many features input {} has is in no file: say its shape", name, in_quotes(input.name)));
    inputs.push_back({input.name, input.shape.empty() ? Shape{static_cast<std::int64_t>(input.columns)} : input.shape});
    element_count(inputs.back().shape, name);  // that it does not overflow
  }
  if (!inputs.empty() && size_of(inputs) != size)
    throw DataError(fmt::format("{}: a sample has {} features, and the inputs ({}) have {} together", name, size, to_text(inputs),
                                size_of(inputs)));
  return inputs;
}

Table read_array_inputs(const Source& source) {
  std::vector<Table> arrays;
  Table all;
  for (const Source::Input& input : source.inputs) {
    arrays.push_back(read_array_features(source.file, of_input(source, input), "npz"));
    const Features& features = arrays.back().features;
    if (features.count != arrays.front().features.count)
      throw DataError(fmt::format("{}: {} rows, but {} has {}", array_name(source, input), features.count,
                                  in_quotes(source.inputs.front().key), arrays.front().features.count));
    all.features.inputs.push_back(shape_of_array(source, input, features.shape));
    unite(all.dropped, arrays.back().dropped);
  }
  all.features.count = arrays.front().features.count;
  all.features.shape = {size_of(all.features.inputs)};
  all.features.values = side_by_side(arrays, all.features.inputs);
  return all;
}

std::vector<InputShape> outline_array_inputs(const Source& source) {
  std::vector<InputShape> inputs;
  for (const Source::Input& input : source.inputs)
    inputs.push_back(shape_of_array(source, input, outline_array(source.file, of_input(source, input), "npz")));
  return inputs;
}

}  // namespace treino::data
