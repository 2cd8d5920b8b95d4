// Numbers are read where they stay, other types are converted on their way.
#include "data/reading/feature_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "data/message.hpp"
#include "data/reading/field_numbers.hpp"
#include "data/reading/target_rows.hpp"

namespace treino::data {
namespace {

constexpr const char* what_to_do =
    "; missing values may be skipped with their row, or become zero or the column's mean, when told";

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

}  // namespace

FeatureReader::FeatureReader(std::shared_ptr<Reader> reader, const Source& source, std::vector<std::size_t> features)
    : reader_(std::move(reader)),
      schema_(reader_->schema()),
      missing_(source.missing),
      marker_texts_(source.missing_markers),
      markers_(marker_texts_),
      features_(std::move(features)) {
  for (const std::size_t field : features_) {
    starts_.push_back(row_size_);
    row_size_ += schema_.fields[field].size();
    wide_ = wide_ || (source.keep_doubles && !are_floats(schema_.fields[field].type));
  }
  wide_ = wide_ || markers_.any_number();
}

bool FeatureReader::stays(const Field& field) const {
  return field.type == FieldType::text || field.type == (wide_ ? FieldType::float64 : FieldType::float32);
}

void FeatureReader::make_room(std::int64_t rows) {
  scratch_.resize(features_.size());
  for (std::size_t i = 0; i < features_.size(); ++i)
    if (const Field& field = schema_.fields[features_[i]]; !stays(field))
      scratch_[i].resize(static_cast<std::size_t>(rows * field.size()) * size_of(field.type));
}

template <class Number>
void FeatureReader::add_destinations(Number* to, std::vector<Reader::Destination>& destinations) {
  for (std::size_t i = 0; i < features_.size(); ++i) {
    const Field& field = schema_.fields[features_[i]];
    if (stays(field))
      destinations.push_back({features_[i], std::is_same_v<Number, float> ? FieldType::float32 : FieldType::float64,
                              to + starts_[i], row_size_ * static_cast<std::int64_t>(sizeof(Number))});
    else
      destinations.push_back(
          {features_[i], field.type, scratch_[i].data(), field.size() * static_cast<std::int64_t>(size_of(field.type))});
  }
}

template <class Number>
void FeatureReader::finish(std::span<Number> to, const RowNumbers& rows, std::vector<std::uint8_t>& dropped) {
  for (std::size_t i = 0; i < features_.size(); ++i)
    if (!stays(schema_.fields[features_[i]])) convert(i, to, rows.count);
  treat_missing(to, rows, dropped);
}

template <class Number>
void FeatureReader::convert(std::size_t feature, std::span<Number> to, std::int64_t rows) {
  const Field& field = schema_.fields[features_[feature]];
  const auto size = static_cast<std::size_t>(field.size());
  const std::byte* from = scratch_[feature].data();
  if (features_.size() == 1) return convert_values(field.type, from, size * static_cast<std::size_t>(rows), to.data());
  for (std::int64_t row = 0; row < rows; ++row)
    convert_values(field.type, from + static_cast<std::size_t>(row) * size * size_of(field.type), size,
                   to.data() + row * row_size_ + starts_[feature]);
}

/// NaN stands for a missing value, as in NumPy, and so does a marker that is a number; infinity stands for nothing at all.
template <class Number>
void FeatureReader::treat_missing(std::span<Number> values, const RowNumbers& rows, std::vector<std::uint8_t>& dropped) {
  constexpr std::size_t some = 4096;
  for (std::size_t i = 0; i < values.size(); ++i) {
    while (!markers_.any_number() && i % some == 0 && i + some < values.size() &&
           all_in_range(std::span<const Number>(values).subspan(i, some)))
      i += some;
    const bool marked = markers_.any_number() && markers_.contains(static_cast<double>(values[i]));
    if (in_range(values[i]) && !marked) continue;
    const std::int64_t row = rows[static_cast<std::int64_t>(i) / row_size_], element = static_cast<std::int64_t>(i) % row_size_;
    if (!marked && !std::isnan(values[i]))
      throw DataError(place_of(row, element) + ": expected a finite number within the range of 32-bit floats, found infinity");
    if (missing_ == Missing::error) fail_missing(row, element, marked ? fmt::format("{}", values[i]) : std::string("NaN"));
    values[i] = missing_ == Missing::mean ? std::numeric_limits<Number>::quiet_NaN() : Number{0};
    if (missing_ == Missing::skip_row) drop_row(dropped, row);
  }
}

std::size_t FeatureReader::feature_at(std::int64_t element) const {
  return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), element) - starts_.begin()) - 1;
}

std::string FeatureReader::place_of(std::int64_t row, std::int64_t element) const {
  const std::size_t feature = feature_at(element);
  if (const auto place = reader_->locate(row, features_[feature])) return place->where;
  const Field& field = schema_.fields[features_[feature]];
  if (field.is_column() && !field.name.empty())
    return fmt::format("{}: row {}, column {}", reader_->name(), row + 1, in_quotes(field.name));
  return fmt::format("{}: row {}, element {}", name_of(*reader_, features_[feature]), row + 1, element - starts_[feature] + 1);
}

void FeatureReader::fail_missing(std::int64_t row, std::int64_t element, const std::string& value) const {
  const std::size_t feature = features_[feature_at(element)];
  const auto place = reader_->locate(row, feature);
  if (place && place->found)
    throw DataError(fmt::format("{}: expected a number, found {}, which stands for a missing value{}{}", place->where,
                                in_quotes(*place->found), column_of(schema_.fields[feature]), what_to_do));
  throw DataError(fmt::format("{}: {}, a missing value{}", place_of(row, element), value, what_to_do));
}

template void FeatureReader::add_destinations<float>(float*, std::vector<Reader::Destination>&);
template void FeatureReader::add_destinations<double>(double*, std::vector<Reader::Destination>&);
template void FeatureReader::finish<float>(std::span<float>, const RowNumbers&, std::vector<std::uint8_t>&);
template void FeatureReader::finish<double>(std::span<double>, const RowNumbers&, std::vector<std::uint8_t>&);

}  // namespace treino::data
