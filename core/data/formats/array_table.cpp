// Features and targets from arrays of numbers.
#include "data/formats/array_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "data/formats/array_reader.hpp"
#include "data/formats/idx_reader.hpp"
#include "data/formats/message.hpp"
#include "data/formats/missing_markers.hpp"
#include "data/formats/npy_reader.hpp"
#include "data/formats/table.hpp"
#include "data/formats/zip_archive.hpp"
#include "data/source.hpp"

namespace treino::data {

namespace {

struct OpenArray {
  std::unique_ptr<ByteSource> source;
  std::string name;  // for errors
  ArrayHead head;
};

std::unique_ptr<ByteSource> open_member(const std::shared_ptr<const InputFile>& file, const std::string& key) {
  const ZipArchive archive(file);
  const std::string member = key + ".npy";
  if (archive.contains(member)) return archive.open(member);
  std::vector<std::string> keys;
  for (const std::string& name : archive.names()) keys.push_back(name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name);
  throw DataError(
      fmt::format("{}: no array {}.{} It holds: {}", file->name(), in_quotes(key), nearest_hint(key, keys), listed(keys)));
}

OpenArray open_array(const std::filesystem::path& path, const std::string& format, const std::string& key) {
  auto file = std::make_shared<const InputFile>(path);
  OpenArray array;
  array.name = format == "npz" ? fmt::format("{}: {}", file->name(), in_quotes(key)) : file->name();
  array.source = format == "npz" ? open_member(file, key) : open_bytes(std::move(file));
  array.head = format == "idx" ? read_idx_head(*array.source, array.name) : read_npy_head(*array.source, array.name);
  if (array.head.shape.empty()) throw DataError(array.name + ": a single number; expected an array of samples");
  if (array.head.shape[0] == 0) throw DataError(array.name + ": no samples");
  if (array.head.shape[0] > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) {
    throw DataError(array.name + ": more samples than 32 bits can number");
  }
  if (element_count(array.head.shape, array.name) == 0) throw DataError(array.name + ": samples without elements");
  return array;
}

/// IDX files of three dimensions hold images of one channel; a vector holds samples of one feature.
Shape sample_shape(const ArrayHead& head, const std::string& format) {
  Shape shape(head.shape.begin() + 1, head.shape.end());
  if (shape.empty()) shape = {1};
  if (format == "idx" && shape.size() == 2) shape.insert(shape.begin(), 1);
  return shape;
}

template <class Number>
bool in_range(Number value) {
  return std::abs(value) <= Number{std::numeric_limits<float>::max()};
}

template <class Number>
bool all_in_range(std::span<const Number> values) {
  int others = 0;
  for (const Number value : values) others |= in_range(value) ? 0 : 1;
  return others == 0;
}

/// NaN stands for a missing value, as in NumPy, and so does a marker that is a number; infinity stands for nothing at all.
template <class Number>
void treat_missing(std::vector<Number>& values, Table& table, const Source& source, const std::string& name) {
  const MissingMarkers markers(source.missing_markers);
  const std::size_t size = values.size() / static_cast<std::size_t>(table.features.count);
  constexpr std::size_t some = 4096;
  for (std::size_t i = 0; i < values.size(); ++i) {
    while (!markers.any_number() && i % some == 0 && i + some < values.size() &&
           all_in_range(std::span<const Number>(values).subspan(i, some)))
      i += some;
    const bool marked = markers.any_number() && markers.contains(static_cast<double>(values[i]));
    if (in_range(values[i]) && !marked) continue;
    const auto fail = [&](const std::string& what) {
      throw DataError(fmt::format("{}: row {}, element {}: {}", name, i / size + 1, i % size + 1, what));
    };
    if (!marked && !std::isnan(values[i])) fail("expected a finite number within the range of 32-bit floats, found infinity");
    if (source.missing == Missing::error) {
      fail(
          fmt::format("{}, a missing value; missing values may be skipped with their row, or become zero or the column's mean, "
                      "when told",
                      marked ? fmt::format("{}", values[i]) : "NaN"));
    }
    values[i] = source.missing == Missing::mean ? std::numeric_limits<Number>::quiet_NaN() : Number{0};
    if (source.missing != Missing::skip_row) continue;
    table.dropped.resize(static_cast<std::size_t>(table.features.count));
    table.dropped[i / size] = 1;
  }
}

}  // namespace

Table read_array_features(const std::filesystem::path& path, const Source& source, const std::string& format) {
  OpenArray array = open_array(path, format, source.feature_key);
  Table table;
  table.features.count = array.head.shape[0];
  table.features.shape = sample_shape(array.head, format);
  table.features.values = read_features(*array.source, array.head, array.name, source.keep_doubles);
  check_array_features(table, source, array.name);
  return table;
}

void check_array_features(Table& table, const Source& source, const std::string& name) {
  treat_missing(table.features.values.floats, table, source, name);
  treat_missing(table.features.values.doubles, table, source, name);
}

Table read_array_targets(const std::filesystem::path& path, const Source& source, const std::string& format) {
  OpenArray array = open_array(path, format, source.target_key);
  if (array.head.shape.size() > 2) {
    throw DataError(
        fmt::format("{}: {} dimensions; targets have one, or two with a row per sample", array.name, array.head.shape.size()));
  }
  Table table;
  RawTargets& targets = table.targets;
  targets.file = array.name;
  targets.count = array.head.shape[0];
  targets.width = array.head.shape.size() == 2 ? array.head.shape[1] : 1;
  targets.numbers = read_elements<double>(*array.source, array.head, array.name);
  check_array_targets(table, source);
  return table;
}

void check_array_targets(Table& table, const Source& source) {
  RawTargets& targets = table.targets;
  const auto width = static_cast<std::size_t>(targets.width);
  const MissingMarkers markers(source.missing_markers);
  for (std::size_t i = 0; i < targets.numbers.size(); ++i) {
    const double number = targets.numbers[i];
    const bool marked = markers.contains(number);
    if (in_range(number) && !marked) continue;
    const auto fail = [&](const std::string& what) {
      targets.fail(static_cast<std::int64_t>(i / width), static_cast<std::int64_t>(i % width), what);
    };
    if (!marked && !(std::isnan(number) && source.missing == Missing::skip_row))
      fail(fmt::format("expected a finite target within the range of 32-bit floats, found {}", number));
    if (source.missing != Missing::skip_row)
      fail(fmt::format("the target is missing: found {}, which stands for a missing value", number));
    targets.numbers[i] = 0.0;
    table.dropped.resize(static_cast<std::size_t>(targets.count));
    table.dropped[i / width] = 1;
  }
}

void outline_array_targets(const std::filesystem::path& path, const Source& source, const std::string& format) {
  open_array(path, format, source.target_key);
}

Shape outline_array(const std::filesystem::path& path, const Source& source, const std::string& format) {
  return sample_shape(open_array(path, format, source.feature_key).head, format);
}

}  // namespace treino::data
