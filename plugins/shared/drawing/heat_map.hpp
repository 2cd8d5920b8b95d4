// A heat map as SVG: see <treino/svg.hpp>.
#pragma once
#include <map>
#include <treino/kit/svg_axis.hpp>

namespace treino {
inline namespace sdk0 {
namespace svg {

/// Rows of cells over x; the color is the value, on a logarithmic or linear scale. Cells without a color (NaN; 0 on a
/// logarithmic scale) are left gray. Its left and right edges are those of a LineChart that is narrower by `bar_width`.
struct HeatMap {
  std::string title, x_label, value_label;
  std::vector<std::string> rows;            // the first is drawn on top
  std::vector<double> x;                    // of the columns, growing
  std::vector<std::vector<double>> values;  // rows x columns
  bool logarithmic = true;
  double width = 836, row_height = 22;

  static constexpr double bar_width = 76;

  Panel panel() const {
    const double left = 66, right = width - bar_width - 20, top = 34,
                 bottom = top + row_height * static_cast<double>(rows.size());
    const detail::Range scale = range();
    std::string body = detail::text(left, 20, title, "start", 14, "font-weight=\"600\" fill=\"#222\"");
    body += "<path d=\"" + box(left, top, right, bottom) + "\" fill=\"#e9e9e9\"/>\n";
    body += "<g shape-rendering=\"crispEdges\">\n" + cells(left, right, top, scale) + "</g>\n";
    for (std::size_t row = 0; row < rows.size(); ++row)
      body += detail::text(left - 8, top + row_height * (static_cast<double>(row) + 0.5) + 4, shortened(rows[row], left - 14),
                           "end", 11, "fill=\"#333\"");
    if (!x.empty())
      body += detail::bottom_axis(Axis(x.front(), x.back(), false, left, right, true), left, right, bottom, x_label);
    return {width, bottom + 46, body + bar(right + 18, top, bottom, scale)};
  }

 private:
  bool shown(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }
  double scaled(double value) const { return logarithmic ? std::log10(value) : value; }
  double unscaled(double value) const { return logarithmic ? std::pow(10, value) : value; }

  detail::Range range() const {
    detail::Range scale;
    for (const auto& row : values)
      for (const double value : row)
        if (shown(value)) scale.add(scaled(value));
    if (!(scale.low <= scale.high)) scale.low = 0, scale.high = 1;
    if (scale.high - scale.low < 1e-9) scale.low -= 0.5, scale.high += 0.5;
    return scale;
  }

  static std::string box(double left, double top, double right, double bottom) {
    return "M" + detail::px(left) + " " + detail::px(top) + "H" + detail::px(right) + "V" + detail::px(bottom) + "H" +
           detail::px(left) + "z";
  }

  /// One path for each of 64 colors: thousands of cells stay small. A cell reaches half-way to its neighbors.
  std::string cells(double left, double right, double top, const detail::Range& scale) const {
    if (x.empty()) return "";
    const Axis axis(x.front(), x.back(), false, left, right);
    std::vector<double> edges{left};
    for (std::size_t i = 1; i < x.size(); ++i) edges.push_back(std::round(axis.place((x[i - 1] + x[i]) / 2)));
    edges.push_back(right);
    std::map<int, std::string> paths;
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (!shown(values[row][i])) continue;
        const double share = (scaled(values[row][i]) - scale.low) / (scale.high - scale.low);
        const double y = top + row_height * static_cast<double>(row), gap = row_height < 14 ? 0 : 1;
        paths[std::min(63, static_cast<int>(share * 64))] += box(edges[i], y, edges[i + 1], y + row_height - gap);
      }
    std::string body;
    for (const auto& [level, path] : paths) body += "<path d=\"" + path + "\" fill=\"" + heat_color(level / 63.0) + "\"/>\n";
    return body;
  }

  static std::string shortened(const std::string& words, double room) {
    if (detail::text_width(words, 11) <= room) return words;
    std::string cut = words;
    while (cut.size() > 1 && detail::text_width("\u2026" + cut, 11) > room) cut.erase(0, 1);
    return "\u2026" + cut;
  }

  std::string bar(double left, double top, double bottom, const detail::Range& scale) const {
    const int pieces = 64;
    std::string body = "<g shape-rendering=\"crispEdges\">";
    for (int i = 0; i < pieces; ++i)
      body += "<path d=\"" +
              box(left, bottom - (bottom - top) * (i + 1) / pieces - 0.5, left + 12, bottom - (bottom - top) * i / pieces) +
              "\" fill=\"" + heat_color(i / 63.0) + "\"/>";
    body += "</g>\n";
    const Axis axis(unscaled(scale.low), unscaled(scale.high), logarithmic, bottom, top);
    std::vector<detail::Tick> labeled;
    for (const detail::Tick& tick : axis.ticks(std::clamp(static_cast<int>((bottom - top) / 40), 2, 5)))
      if (!tick.text.empty()) labeled.push_back(tick);
    const bool fits = labeled.size() > 1 && (!logarithmic || scale.high - scale.low >= 1) &&
                      (bottom - top) / static_cast<double>(labeled.size()) > 13;
    if (!fits) {
      body += detail::text(left + 17, bottom, number(unscaled(scale.low), 2), "start", 11, "fill=\"#555\"");
      return body + detail::text(left + 17, top + 9, number(unscaled(scale.high), 2), "start", 11, "fill=\"#555\"");
    }
    for (const detail::Tick& tick : labeled)
      body += detail::text(left + 17, axis.place(tick.value) + 4, tick.text, "start", 11, "fill=\"#555\"");
    return body + detail::text(left, top - 10, value_label, "start", 11, "fill=\"#333\"");
  }
};

}  // namespace svg
}  // namespace sdk0
}  // namespace treino
