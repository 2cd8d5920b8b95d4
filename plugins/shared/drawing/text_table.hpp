// Tables in plain text, for reports.
#pragma once
#include <algorithm>
#include <string>
#include <treino/kit/text.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Characters of UTF-8 text.
inline std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}
/// Filled up to a width; what is longer stays as it is.
inline std::string right_aligned(const std::string& text, std::size_t width, char fill = ' ') {
  return std::string(width - std::min(width, width_of(text)), fill) + text;
}
inline std::string left_aligned(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

/// Line ends and other control characters as escapes: a cell, which may be the name of a class, stays in its row.
inline std::string cell_text(const std::string& text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string cell;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    cell += byte >= 0x20 && byte != 0x7f ? std::string(1, letter) : std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
  }
  return cell;
}

/// Rows of equally many cells, set right. Columns that do not fit into `width` characters go below, with the first column again.
inline std::string text_table(const std::vector<std::vector<std::string>>& given, std::size_t width = 80) {
  std::vector<std::vector<std::string>> rows = given;
  for (auto& row : rows)
    for (std::string& cell : row) cell = cell_text(cell);
  const std::size_t columns = rows.empty() ? 0 : rows.front().size();
  std::vector<std::size_t> widths(columns);
  for (const auto& row : rows)
    for (std::size_t column = 0; column < columns; ++column) widths[column] = std::max(widths[column], width_of(row[column]));
  std::string text;
  for (std::size_t begin = 1; begin < columns;) {
    std::size_t end = begin, used = widths[0];
    while (end < columns && (end == begin || used + 2 + widths[end] <= width)) used += 2 + widths[end++];
    if (begin > 1) text += '\n';
    for (const auto& row : rows) {
      text += right_aligned(row[0], widths[0]);
      for (std::size_t column = begin; column < end; ++column) text += "  " + right_aligned(row[column], widths[column]);
      text += '\n';
    }
    begin = end;
  }
  return text;
}

}  // namespace sdk0
}  // namespace treino
