// A table of values as SVG squares, such as a confusion matrix: see <treino/kit/svg.hpp>.
#pragma once
#include <treino/abi.h>

#include <map>
#include <treino/kit/svg_axis.hpp>

namespace treino {
inline namespace sdk0 {
namespace svg {

/// The color of a square is its value, from 0 (or the least one, where that is below) to the largest, of its column alone where the
/// columns are of no common kind (precision beside a number of samples); gray: no finite number. Small tables have their names and
/// values written in; of one with more than `most` rows or columns a square is the largest of several cells.
struct TableMap {
  std::string title;
  const treino_table* table;
  double width = 540;

  static constexpr std::size_t most = 100;    // squares along a side
  static constexpr std::size_t labeled = 30;  // rows or columns with a name each
  static constexpr std::size_t written = 12;  // columns with their values in the squares

  Panel panel() const {
    const std::size_t merged = std::max<std::size_t>(1, (std::max(table->rows, table->columns) + most - 1) / most);
    const std::size_t rows = (table->rows + merged - 1) / merged, columns = (table->columns + merged - 1) / merged;
    const bool names = merged == 1 && rows <= labeled && columns <= labeled;
    const double left = names ? 110 : 34, top = names ? 100 : 52;
    const double side = std::min(48.0, (width - left - 12) / static_cast<double>(std::max<std::size_t>(1, columns)));
    const double bottom = top + side * static_cast<double>(rows);
    std::string body = detail::text(left, 20, title, "start", 14, "font-weight=\"600\" fill=\"#222\"");
    body += "<g shape-rendering=\"crispEdges\">\n" + squares(merged, rows, columns, left, top, side) + "</g>\n";
    if (names) body += labels(left, top, side);
    if (names && columns <= written) body += numbers(left, top, side);
    return {width, bottom + 30, body + caption(merged, left, bottom + 18)};
  }

 private:
  double at(std::size_t row, std::size_t column) const { return table->values[row * table->columns + column]; }

  double largest_in(std::size_t merged, std::size_t row, std::size_t column) const {
    double most_there = std::nan("");
    for (std::size_t r = row * merged; r < std::min<std::size_t>((row + 1) * merged, table->rows); ++r)
      for (std::size_t c = column * merged; c < std::min<std::size_t>((column + 1) * merged, table->columns); ++c)
        if (std::isfinite(at(r, c)) && !(most_there >= at(r, c))) most_there = at(r, c);
    return most_there;
  }
  detail::Range range(std::size_t first, std::size_t end) const {
    detail::Range range;
    range.add(0);
    for (std::size_t row = 0; row < table->rows; ++row)
      for (std::size_t column = first; column < end; ++column)
        if (std::isfinite(at(row, column))) range.add(at(row, column));
    if (range.high - range.low <= 0) range.high = range.low + 1;
    return range;
  }
  bool one_kind() const { return table->column_kind != std::string(); }
  /// Of each column, or of several that are merged.
  std::vector<detail::Range> ranges(std::size_t merged) const {
    const std::size_t columns = (table->columns + merged - 1) / merged;
    if (one_kind()) return std::vector<detail::Range>(columns, range(0, table->columns));
    std::vector<detail::Range> each;
    for (std::size_t i = 0; i < columns; ++i)
      each.push_back(range(i * merged, std::min<std::size_t>((i + 1) * merged, table->columns)));
    return each;
  }
  static std::string cell_text(double value) {
    return value == std::floor(value) && std::abs(value) < 1e6 ? detail::fixed(value, 0) : number(value, 3);
  }

  /// One path for each of 64 colors.
  std::string squares(std::size_t merged, std::size_t rows, std::size_t columns, double left, double top, double side) const {
    const std::vector<detail::Range> scales = ranges(merged);
    const double gap = side > 8 ? 1 : 0;
    std::map<int, std::string> paths;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t column = 0; column < columns; ++column) {
        const double value = largest_in(merged, row, column);
        const detail::Range& scale = scales[column];
        const int level =
            std::isnan(value) ? -1 : std::min(63, static_cast<int>((value - scale.low) / (scale.high - scale.low) * 64));
        const double x = left + side * static_cast<double>(column), y = top + side * static_cast<double>(row);
        paths[level] += "M" + detail::px(x) + " " + detail::px(y) + "H" + detail::px(x + side - gap) + "V" +
                        detail::px(y + side - gap) + "H" + detail::px(x) + "z";
      }
    std::string body;
    for (const auto& [level, path] : paths)
      body += "<path d=\"" + path + "\" fill=\"" + (level < 0 ? "#cccccc" : heat_color(level / 63.0)) + "\"/>\n";
    return body;
  }
  std::string labels(double left, double top, double side) const {
    std::string body;
    const double size = std::min(11.0, side);
    for (std::size_t row = 0; row < table->rows; ++row)
      body += detail::text(left - 6, top + side * (static_cast<double>(row) + 0.5) + 4, fitted(table->row_names[row]), "end",
                           size, "fill=\"#333\"");
    for (std::size_t column = 0; column < table->columns; ++column) {
      const double x = left + side * (static_cast<double>(column) + 0.5) + 4, y = top - 6;
      const std::string turned = "fill=\"#333\" transform=\"rotate(-60 " + detail::px(x) + " " + detail::px(y) + ")\"";
      body += detail::text(x, y, fitted(table->column_names[column]), "start", size, turned.c_str());
    }
    return body;
  }
  static std::string fitted(const std::string& name) {
    std::string cut = name;
    if (detail::text_width(cut, 11) <= 98) return cut;
    while (!cut.empty() && detail::text_width(cut + "\u2026", 11) > 98) {
      do cut.pop_back();
      while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xc0) == 0x80);
    }
    return cut + "\u2026";
  }
  std::string numbers(double left, double top, double side) const {
    const std::vector<detail::Range> scales = ranges(1);
    std::string body;
    for (std::size_t row = 0; row < table->rows; ++row)
      for (std::size_t column = 0; column < table->columns; ++column) {
        const detail::Range& scale = scales[column];
        const double value = at(row, column), level = (value - scale.low) / (scale.high - scale.low);
        const std::string text = cell_text(value);
        body += detail::text(left + side * (static_cast<double>(column) + 0.5), top + side * (static_cast<double>(row) + 0.5) + 4,
                             text, "middle", std::min(11.0, 11 * (side - 4) / std::max(1.0, detail::text_width(text, 11))),
                             level < 0.6 ? "fill=\"#fff\"" : "fill=\"#000\"");
      }
    return body;
  }
  std::string caption(std::size_t merged, double left, double y) const {
    std::string text = table->row_kind != std::string() ? std::string("rows: ") + table->row_kind : "";
    if (table->column_kind != std::string())
      text += (text.empty() ? "columns: " : ", columns: ") + std::string(table->column_kind);
    const detail::Range scale = range(0, table->columns);
    text +=
        (text.empty() ? "" : "; ") + (one_kind() ? cell_text(scale.low) + " to " + cell_text(scale.high) : "colors by column");
    if (merged > 1) text += "; a square is the largest of " + std::to_string(merged) + " x " + std::to_string(merged);
    return detail::text(left, y, text, "start", 11, "fill=\"#555\"");
  }
};

}  // namespace svg
}  // namespace sdk0
}  // namespace treino
