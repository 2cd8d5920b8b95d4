// Missing targets cannot be filled in: they are an error, or skip their row.
#include "data/reading/target_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "data/message.hpp"
#include "data/reading/field_numbers.hpp"

namespace treino::data {
namespace {

std::string place_of(Reader& reader, const std::vector<std::size_t>& fields, std::int64_t row, std::size_t slot) {
  if (const auto place = reader.locate(row, fields[std::min(slot, fields.size() - 1)])) return place->where;
  return fmt::format("{}: row {}", name_of(reader, fields[std::min(slot, fields.size() - 1)]), row + 1);
}

bool are_targets(const Reader& reader, const std::vector<std::size_t>& fields) {
  return std::all_of(fields.begin(), fields.end(),
                     [&](std::size_t field) { return reader.schema().fields[field].role == FieldRole::target; });
}

bool is_text(const Reader& reader, const std::vector<std::size_t>& fields) {
  return fields.size() == 1 && reader.schema().fields[fields.front()].type == FieldType::text;
}

}  // namespace

std::string column_of(const Field& field) { return field.name.empty() ? "" : fmt::format(" (column {})", in_quotes(field.name)); }

std::string name_of(const Reader& reader, std::size_t field) {
  const Field& one = reader.schema().fields[field];
  return one.is_column() || one.name.empty() ? reader.name() : fmt::format("{}: {}", reader.name(), in_quotes(one.name));
}

void drop_row(std::vector<std::uint8_t>& dropped, std::int64_t row) {
  if (dropped.size() <= static_cast<std::size_t>(row)) dropped.resize(static_cast<std::size_t>(row) + 1);
  dropped[static_cast<std::size_t>(row)] = 1;
}

TargetRows::TargetRows(std::shared_ptr<Reader> reader, const Source& source, const FieldUses& uses)
    : reader_(std::move(reader)),
      source_(source),
      markers_(source.missing_markers),
      fields_(uses.fields(FieldUse::Use::target)),
      names_(uses.names(reader_->schema(), FieldUse::Use::target)),
      as_text_(is_text(*reader_, fields_)),
      collector_(source, fields_.size()),
      values_(fields_.size()) {
  for (std::size_t slot = 0; slot < fields_.size(); ++slot)
    if (field(slot).shape.size() > 1)
      throw DataError(fmt::format("{}: rows of the shape {}; a target is a number, or a row of numbers",
                                  name_of(*reader_, fields_[slot]), fmt::join(field(slot).shape, "x")));
}

std::int64_t TargetRows::row_bytes() const {
  std::int64_t bytes = 0;
  for (std::size_t slot = 0; slot < fields_.size(); ++slot)
    bytes += field(slot).size() * static_cast<std::int64_t>(size_of(read_type(slot)));
  return bytes;
}

FieldType TargetRows::read_type(std::size_t slot) const {
  return field(slot).type == FieldType::text && !as_text_ ? FieldType::float64 : field(slot).type;
}

void TargetRows::make_room(std::int64_t rows) {
  for (std::size_t slot = 0; slot < fields_.size(); ++slot)
    values_[slot].resize(static_cast<std::size_t>(rows * field(slot).size()) * size_of(read_type(slot)));
}

void TargetRows::add_destinations(std::vector<Reader::Destination>& to) {
  for (std::size_t slot = 0; slot < fields_.size(); ++slot)
    to.push_back({fields_[slot], read_type(slot), values_[slot].data(),
                  field(slot).size() * static_cast<std::int64_t>(size_of(read_type(slot)))});
}

void TargetRows::take(std::int64_t first, std::int64_t rows, std::vector<std::uint8_t>& dropped) {
  for (std::int64_t row = 0; row < rows; ++row) {
    if (as_text_) {
      take_text(first + row, reinterpret_cast<const ReadText*>(values_.front().data())[row], dropped);
      continue;
    }
    for (std::size_t slot = 0; slot < fields_.size(); ++slot) {
      const auto size = static_cast<std::size_t>(field(slot).size());
      row_.resize(size);
      convert_values(read_type(slot), values_[slot].data() + static_cast<std::size_t>(row) * size * size_of(read_type(slot)),
                     size, row_.data());
      for (const double number : row_) take_number(first + row, slot, number, dropped);
    }
  }
}

void TargetRows::take_number(std::int64_t row, std::size_t slot, double number, std::vector<std::uint8_t>& dropped) {
  const bool marked = markers_.contains(number), finite = std::abs(number) <= std::numeric_limits<float>::max();
  const bool missing =
      marked || (std::isnan(number) && (source_.missing == Missing::skip_row || field(slot).type == FieldType::text));
  numbers_.push_back(missing ? 0.0 : number);
  if (missing)
    treat_missing(row, slot, fmt::format("{}, which stands for a missing value", number), dropped);
  else if (!finite)
    fail(row, slot, fmt::format("expected a finite target within the range of 32-bit floats, found {}", number));
}

void TargetRows::take_text(std::int64_t row, const ReadText& text, std::vector<std::uint8_t>& dropped) {
  const std::string_view view(text.bytes, text.size);
  if (markers_.contains(view)) {
    collector_.add_placeholder();
    treat_missing(row, 0, in_quotes(view), dropped);
  } else if (const std::string fault = collector_.add(view); !fault.empty()) {
    fail(row, 0, fault + column_of(field(0)));
  }
}

void TargetRows::treat_missing(std::int64_t row, std::size_t slot, std::string found, std::vector<std::uint8_t>& dropped) {
  if (source_.missing == Missing::skip_row) return drop_row(dropped, row);
  const auto place = reader_->locate(row, fields_[slot]);
  if (place && place->found) found = in_quotes(*place->found);
  fail(row, slot, fmt::format("the target is missing: found {}{}", found, column_of(field(slot))));
}

void TargetRows::fail(std::int64_t row, std::size_t slot, const std::string& what) const {
  throw DataError(place_of(*reader_, fields_, row, slot) + ": " + what);
}

void TargetRows::finish(std::int64_t rows, RawTargets& targets) {
  targets.file = fields_.size() == 1 ? name_of(*reader_, fields_.front()) : reader_->name();
  targets.count = rows;
  targets.width = 0;
  for (std::size_t slot = 0; slot < fields_.size(); ++slot) targets.width += field(slot).size();
  targets.names = names_;
  if (are_targets(*reader_, fields_)) targets.classes = reader_->schema().class_names;
  if (as_text_)
    collector_.finish(targets);
  else
    targets.numbers = std::move(numbers_);
  if (fields_.empty()) return;
  targets.locate = [reader = reader_, fields = fields_](std::int64_t row, std::int64_t column) {
    return place_of(*reader, fields, row, static_cast<std::size_t>(column));
  };
}

}  // namespace treino::data
