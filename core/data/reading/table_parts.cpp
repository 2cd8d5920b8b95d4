// Rows are left out of features and targets together; what follows from a table is the same whoever has read it.
#include "data/reading/table_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/in_memory.hpp"
#include "data/message.hpp"
#include "data/number.hpp"

namespace treino::data {

namespace {

void unite_dropped(std::vector<std::uint8_t>& dropped, const std::vector<std::uint8_t>& more) {
  if (dropped.empty()) dropped.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) dropped[i] |= more[i];
}

/// `rows` in ascending order.
template <class Number>
void keep_rows(std::vector<Number>& values, std::size_t size, const std::vector<std::uint32_t>& rows) {
  if (values.empty()) return;
  for (std::size_t kept = 0; kept < rows.size(); ++kept) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(rows[kept] * size);
    std::copy_n(from, size, values.begin() + static_cast<std::ptrdiff_t>(kept * size));
  }
  values.resize(rows.size() * size);
}

}  // namespace

void add_targets(Table& table, Table&& other, const std::string& file) {
  const std::int64_t difference = other.targets.count - table.features.count;
  if (difference != 0) {
    const char* hint = difference == 1 || difference == -1 ? "; is one of them a header? Then say so" : "";
    throw DataError(fmt::format("{}: {} rows of targets, but {} has {} rows{}", other.targets.file, other.targets.count, file,
                                table.features.count, hint));
  }
  table.targets = std::move(other.targets);
  unite_dropped(table.dropped, other.dropped);
}

std::vector<std::uint32_t> drop_rows(Table& table, const std::string& file) {
  std::vector<std::uint32_t> file_rows;
  if (std::find(table.dropped.begin(), table.dropped.end(), 1) == table.dropped.end()) return file_rows;
  for (std::size_t row = 0; row < table.dropped.size(); ++row) {
    if (table.dropped[row] == 0) file_rows.push_back(static_cast<std::uint32_t>(row));
  }
  if (file_rows.empty()) throw DataError(file + ": every row has a missing value, none is left");
  Features& features = table.features;
  const std::size_t size = features.values.size() / static_cast<std::size_t>(features.count);
  keep_rows(features.values.floats, size, file_rows);
  keep_rows(features.values.doubles, size, file_rows);
  features.count = static_cast<std::int64_t>(file_rows.size());
  if (table.targets.width > 0) table.targets.compact(table.dropped);
  return file_rows;
}

std::string first_text(const RawTargets& raw) {
  double ignored = 0.0;
  const auto text = std::find_if(raw.texts.begin(), raw.texts.end(),
                                 [&](const std::string& label) { return parse_number(label, ignored) != NumberError::none; });
  if (text == raw.texts.end()) return "";
  const auto id = static_cast<std::int32_t>(text - raw.texts.begin());
  const auto row = static_cast<std::size_t>(std::find(raw.text_ids.begin(), raw.text_ids.end(), id) - raw.text_ids.begin());
  const bool placed = raw.locate || (row < raw.lines.size() && !raw.fields.empty());
  return (placed ? raw.place_of(static_cast<std::int64_t>(row), 0) : raw.file) + ": " + in_quotes(*text);
}

Shape checked_shape(const Source& source, const Shape& found) {
  if (source.sample_shape.empty()) return found;
  const std::string file = source.memory ? source.memory->name : source.file.string();
  if (element_count(source.sample_shape, file) == element_count(found, file)) return source.sample_shape;
  throw DataError(fmt::format("{}: the sample shape {} has {} elements, a sample of the file {}", file,
                              fmt::join(source.sample_shape, "x"), element_count(source.sample_shape, file),
                              element_count(found, file)));
}

}  // namespace treino::data
