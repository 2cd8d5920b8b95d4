// Faults of targets name the place in their file, also after rows have been taken out.
#include "data/raw_targets.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

namespace {

template <class Values>
void keep_rows(Values& values, std::size_t width, const std::vector<std::uint8_t>& drop) {
  if (values.empty()) return;
  std::size_t kept = 0;
  for (std::size_t row = 0; row < drop.size(); ++row) {
    if (drop[row] != 0) continue;
    for (std::size_t i = 0; i < width; ++i) values[kept * width + i] = values[row * width + i];
    ++kept;
  }
  values.resize(kept * width);
}

}  // namespace

std::string RawTargets::place_of(std::int64_t row, std::int64_t column) const {
  const std::int64_t line = lines.empty() ? row + 1 : lines[static_cast<std::size_t>(row)];
  if (locate) return locate(line - 1, column);
  if (fields.empty()) return fmt::format("{}: row {}", file, line);
  return fmt::format("{}:{}:{}", file, line, fields[static_cast<std::size_t>(column)]);
}

void RawTargets::fail(std::int64_t row, std::int64_t column, const std::string& what) const {
  throw DataError(place_of(row, column) + ": " + what);
}

void RawTargets::compact(const std::vector<std::uint8_t>& drop) {
  if (lines.empty()) {
    lines.resize(static_cast<std::size_t>(count));
    std::iota(lines.begin(), lines.end(), std::int64_t{1});
  }
  keep_rows(numbers, static_cast<std::size_t>(width), drop);
  keep_rows(text_ids, 1, drop);
  keep_rows(lines, 1, drop);
  count = static_cast<std::int64_t>(lines.size());
}

}  // namespace treino::data
