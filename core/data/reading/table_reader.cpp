// Rows come in chunks that a processor's cache holds: numbers are read where they stay, other types are converted on their way.
#include "data/reading/table_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "data/large_array.hpp"
#include "data/message.hpp"
#include "data/missing_markers.hpp"
#include "data/reading/field_numbers.hpp"
#include "data/reading/target_rows.hpp"

namespace treino::data {
namespace {

using Use = FieldUse::Use;

constexpr std::int64_t chunk_bytes = std::int64_t{1} << 20, most_chunk_rows = std::int64_t{1} << 16;
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

class TableReader {
 public:
  TableReader(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses, bool features)
      : reader_(std::move(reader)),
        schema_(reader_->schema()),
        source_(source),
        markers_(source.missing_markers),
        features_(features ? uses.fields(Use::feature) : std::vector<std::size_t>()),
        targets_(reader_, source, uses) {
    for (const std::size_t field : features_) {
      starts_.push_back(row_size_);
      row_size_ += schema_.fields[field].size();
      wide_ = wide_ || (source.keep_doubles && !are_floats(schema_.fields[field].type));
    }
    wide_ = wide_ || markers_.any_number();
    table_.features.names = uses.names(schema_, Use::feature);
    set_chunk();
  }

  Table read(std::int64_t most) {
    const std::int64_t known = schema_.rows < 0 ? std::numeric_limits<std::int64_t>::max() : schema_.rows;
    const std::int64_t end = most == 0 ? known : std::min(known, most);
    end_ = end;
    while (count_ < end) {
      const std::int64_t wanted = std::min(chunk_rows_, end - count_);
      const std::int64_t got = wide_ ? read_doubles(wanted) : read_floats(wanted);
      count_ += got;
      if (count_ > std::numeric_limits<std::uint32_t>::max())
        throw DataError(reader_->name() + ": more rows than 32 bits can number");
      if (got < wanted) break;
    }
    if (count_ == 0) throw DataError(reader_->name() + ": no rows");
    return finish();
  }

 private:
  void set_chunk() {
    const std::int64_t bytes = row_size_ * static_cast<std::int64_t>(sizeof(double)) + targets_.row_bytes();
    chunk_rows_ = std::clamp<std::int64_t>(chunk_bytes / std::max<std::int64_t>(bytes, 1), 1, most_chunk_rows);
    scratch_.resize(schema_.fields.size());
    for (const std::size_t field : features_)
      if (const Field& each = schema_.fields[field]; !is_read_as_number(each))
        scratch_[field].resize(static_cast<std::size_t>(chunk_rows_ * each.size()) * size_of(each.type));
    targets_.make_room(chunk_rows_);
  }
  /// Where it is to stay, in place of a conversion.
  bool is_read_as_number(const Field& field) const {
    return field.type == FieldType::text || field.type == (wide_ ? FieldType::float64 : FieldType::float32);
  }

  std::int64_t read_floats(std::int64_t rows) {
    std::vector<float>& floats = table_.features.values.floats;
    const std::size_t before = floats.size(), size = static_cast<std::size_t>(rows * row_size_);
    if (floats.capacity() - before < size) make_room();
    floats.resize(before + size);
    const std::int64_t got = read_chunk(std::span(floats).subspan(before), rows);
    floats.resize(before + static_cast<std::size_t>(got * row_size_));
    return got;
  }
  std::int64_t read_doubles(std::int64_t rows) {
    doubles_.resize(static_cast<std::size_t>(rows * row_size_));
    const std::int64_t got = read_chunk(std::span(doubles_), rows);
    doubles_.resize(static_cast<std::size_t>(got * row_size_));
    FeatureValues& values = table_.features.values;
    if (values.capacity() - values.size() < doubles_.size()) make_room();
    values.append(doubles_, source_.keep_doubles);
    return got;
  }
  // Doubling a large array again and again would write it twice over and leave a third of it unused. What a source says of its
  // rows is believed once it has given some of them.
  void make_room() {
    FeatureValues& values = table_.features.values;
    const bool known = schema_.rows >= 0;
    const std::int64_t left = std::max<std::int64_t>((known ? end_ : reader_->expected_rows()) - count_, 0);
    if (count_ == 0 || left > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) return;
    const auto rows = static_cast<std::size_t>(count_ + left + (known ? 0 : left / 16 + chunk_rows_));
    values.reserve(std::max(rows * static_cast<std::size_t>(row_size_), values.size() + values.size() / 2));
  }

  template <class Number>
  std::int64_t read_chunk(std::span<Number> to, std::int64_t rows) {
    destinations_.clear();
    for (std::size_t i = 0; i < features_.size(); ++i) {
      const Field& field = schema_.fields[features_[i]];
      if (is_read_as_number(field))
        destinations_.push_back({features_[i], std::is_same_v<Number, float> ? FieldType::float32 : FieldType::float64,
                                 to.data() + starts_[i], row_size_ * static_cast<std::int64_t>(sizeof(Number))});
      else
        destinations_.push_back({features_[i], field.type, scratch_[features_[i]].data(),
                                 field.size() * static_cast<std::int64_t>(size_of(field.type))});
    }
    targets_.add_destinations(destinations_);
    const std::int64_t got = reader_->read(count_, rows, destinations_);
    for (std::size_t i = 0; i < features_.size(); ++i)
      if (!is_read_as_number(schema_.fields[features_[i]])) convert(i, to, got);
    const auto given = to.first(static_cast<std::size_t>(got * row_size_));
    treat_missing(given);
    targets_.take(count_, got, table_.dropped);
    return got;
  }
  template <class Number>
  void convert(std::size_t feature, std::span<Number> to, std::int64_t rows) {
    const Field& field = schema_.fields[features_[feature]];
    const auto size = static_cast<std::size_t>(field.size());
    const std::byte* from = scratch_[features_[feature]].data();
    if (features_.size() == 1) return convert_values(field.type, from, size * static_cast<std::size_t>(rows), to.data());
    for (std::int64_t row = 0; row < rows; ++row)
      convert_values(field.type, from + static_cast<std::size_t>(row) * size * size_of(field.type), size,
                     to.data() + row * row_size_ + starts_[feature]);
  }

  /// NaN stands for a missing value, as in NumPy, and so does a marker that is a number; infinity stands for nothing at all.
  template <class Number>
  void treat_missing(std::span<Number> values) {
    constexpr std::size_t some = 4096;
    for (std::size_t i = 0; i < values.size(); ++i) {
      while (!markers_.any_number() && i % some == 0 && i + some < values.size() &&
             all_in_range(std::span<const Number>(values).subspan(i, some)))
        i += some;
      const bool marked = markers_.any_number() && markers_.contains(static_cast<double>(values[i]));
      if (in_range(values[i]) && !marked) continue;
      const std::int64_t row = count_ + static_cast<std::int64_t>(i) / row_size_,
                         element = static_cast<std::int64_t>(i) % row_size_;
      if (!marked && !std::isnan(values[i]))
        throw DataError(place_of_feature(row, element) +
                        ": expected a finite number within the range of 32-bit floats, found infinity");
      if (source_.missing == Missing::error)
        fail_missing(row, element, marked ? fmt::format("{}", values[i]) : std::string("NaN"));
      values[i] = source_.missing == Missing::mean ? std::numeric_limits<Number>::quiet_NaN() : Number{0};
      if (source_.missing == Missing::skip_row) drop_row(table_.dropped, row);
    }
  }
  std::size_t feature_at(std::int64_t element) const {
    return static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), element) - starts_.begin()) - 1;
  }
  std::string place_of_feature(std::int64_t row, std::int64_t element) const {
    const std::size_t feature = feature_at(element);
    if (const auto place = reader_->locate(row, features_[feature])) return place->where;
    const Field& field = schema_.fields[features_[feature]];
    if (field.is_column() && !field.name.empty())
      return fmt::format("{}: row {}, column {}", reader_->name(), row + 1, in_quotes(field.name));
    return fmt::format("{}: row {}, element {}", name_of(*reader_, features_[feature]), row + 1, element - starts_[feature] + 1);
  }
  [[noreturn]] void fail_missing(std::int64_t row, std::int64_t element, const std::string& value) const {
    const std::size_t feature = features_[feature_at(element)];
    const auto place = reader_->locate(row, feature);
    if (place && place->found)
      throw DataError(fmt::format("{}: expected a number, found {}, which stands for a missing value{}{}", place->where,
                                  in_quotes(*place->found), column_of(schema_.fields[feature]), what_to_do));
    throw DataError(fmt::format("{}: {}, a missing value{}", place_of_feature(row, element), value, what_to_do));
  }
  Table finish() {
    table_.features.count = count_;
    targets_.finish(count_, table_.targets);
    if (!table_.dropped.empty()) table_.dropped.resize(static_cast<std::size_t>(count_));
    return std::move(table_);
  }

  const std::shared_ptr<Reader> reader_;
  const Schema& schema_;
  const Source& source_;
  const MissingMarkers markers_;
  const std::vector<std::size_t> features_;  // fields
  TargetRows targets_;
  std::vector<std::int64_t> starts_;  // where each feature begins in a row
  std::int64_t row_size_ = 0, chunk_rows_ = 0, count_ = 0, end_ = 0;
  bool wide_ = false;                            // doubles are looked at
  std::vector<std::vector<std::byte>> scratch_;  // of each field whose values do not stay as they are read
  std::vector<double> doubles_;
  std::vector<Reader::Destination> destinations_;
  Table table_;
};

}  // namespace

Table read_table(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses, std::int64_t most, bool features) {
  return TableReader(std::move(reader), source, uses, features).read(most);
}

}  // namespace treino::data
