// Tables fitted to a screen, or written whole.
#include "library/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/csv_cell.hpp"
#include "base/figures.hpp"
#include "base/text.hpp"
#include "host/session/table_file.hpp"
#include "store/atomic_file.hpp"

namespace treino::library {

namespace {

using Entry = host::Tables::Entry;

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

double value(const Entry& table, std::size_t row, std::size_t column) {
  return table.values[row * table.layout->columns.size() + column];
}

/// Returns a column of the table as text: without decimals where all its values are whole, else with three.
std::vector<std::string> cells(const Entry& table, std::size_t column) {
  bool whole = true;
  for (std::size_t row = 0; row < table.layout->rows.size(); ++row)
    if (const double one = value(table, row, column); std::isfinite(one)) whole = whole && one == std::floor(one);
  std::vector<std::string> cells{base::clean_line(table.layout->columns[column])};
  for (std::size_t row = 0; row < table.layout->rows.size(); ++row)
    cells.push_back(fmt::format("{:.{}f}", value(table, row, column), whole ? 0 : 3));
  return cells;
}

std::string aligned(const std::string& cell, std::size_t width) {
  return std::string(width - std::min(width, width_of(cell)), ' ') + cell;
}

/// Is there the same table of later data?
bool is_outdone(const host::Tables& tables, const std::string& name) {
  const bool validation = name.rfind("val_", 0) == 0, test = name.rfind("test_", 0) == 0;
  const std::string base = validation ? name.substr(4) : name;
  for (std::uint32_t i = 0; !test && i < tables.count(); ++i) {
    const Entry& other = tables.at(i);
    if (other.present && (other.name == "test_" + base || (!validation && other.name == "val_" + base))) return true;
  }
  return false;
}

}  // namespace

std::string table_text(const Entry& table, std::size_t width, std::size_t height) {
  const host::TableLayout& layout = *table.layout;
  if (layout.rows.size() + 1 > height || 2 * layout.columns.size() > width) return "";
  std::size_t first = 0, used = 0;
  for (const std::string& name : layout.rows) first = std::max(first, width_of(base::clean_line(name)));
  std::vector<std::string> lines{aligned("", first)};
  for (const std::string& name : layout.rows) lines.push_back(aligned(base::clean_line(name), first));
  for (std::size_t column = 0; column < layout.columns.size(); ++column) {
    const std::vector<std::string> one = cells(table, column);
    std::size_t wide = 0;
    for (const std::string& cell : one) wide = std::max(wide, width_of(cell));
    used += wide + 2;
    if (first + used > width) return "";
    for (std::size_t i = 0; i < one.size(); ++i) lines[i] += "  " + aligned(one[i], wide);
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string table_heading(const Entry& table) {
  std::string what;
  if (!table.layout->row_kind.empty()) what = "rows: " + table.layout->row_kind;
  if (!table.layout->column_kind.empty()) what += (what.empty() ? "columns: " : ", columns: ") + table.layout->column_kind;
  return base::clean_line(table.name + (what.empty() ? "" : " (" + what + ")"));
}

std::string table_csv(const Entry& table) {
  const host::TableLayout& layout = *table.layout;
  std::string text = base::csv_cell(layout.row_kind + (layout.column_kind.empty() ? "" : " / " + layout.column_kind));
  for (const std::string& name : layout.columns) text += "," + base::csv_cell(name);
  text += "\n";
  for (std::size_t row = 0; row < layout.rows.size(); ++row) {
    text += base::csv_cell(layout.rows[row]);
    for (std::size_t column = 0; column < layout.columns.size(); ++column) text += "," + base::exact(value(table, row, column));
    text += "\n";
  }
  return text;
}

std::vector<std::string> keep_tables(const host::Tables& tables, const std::filesystem::path& folder, std::size_t width) {
  constexpr std::size_t most_lines = 40;
  std::vector<std::string> said;
  for (std::uint32_t i = 0; i < tables.count(); ++i) {
    const Entry& table = tables.at(i);
    if (!table.present || table.layout->size() == 0) continue;
    const std::filesystem::path file = folder / host::table_file_name(table.name);
    store::write_durably(file, table_csv(table));
    if (is_outdone(tables, table.name)) continue;
    const std::string text = table_text(table, std::max<std::size_t>(width, 80), most_lines);
    said.push_back(table_heading(table) +
                   (text.empty() ? ": " + base::grouped(static_cast<std::int64_t>(table.layout->rows.size())) + " x " +
                                       base::grouped(static_cast<std::int64_t>(table.layout->columns.size())) + ", written to " +
                                       file.string()
                                 : ":\n" + text));
  }
  return said;
}

}  // namespace treino::library
