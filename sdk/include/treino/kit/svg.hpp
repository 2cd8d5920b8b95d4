// Charts as SVG text, for reports and pictures: lines over linear or logarithmic axes.
//
//   std::string picture(const std::vector<double>& epochs, const std::vector<double>& losses) {
//     treino::svg::LineChart chart;
//     chart.title = "loss";
//     chart.x_label = "epoch";
//     chart.lines.emplace_back();
//     chart.lines.back().name = "training", chart.lines.back().x = epochs, chart.lines.back().y = losses;
//     return treino::svg::sheet({chart.panel()}, "my run");  // "<svg ...</svg>\n"
//   }
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <treino/kit/svg_axis.hpp>
#include <treino/kit/svg_drawing.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace svg {

/// Points of one line; where y is NaN or infinite (or, on a logarithmic axis, not above 0) the line has a gap.
struct Line {
  std::string name;
  std::vector<double> x, y;
  bool dashed = false;
  std::string color;  // empty: by its place
};

/// A vertical line with a word beside it.
struct Mark {
  double x;
  std::string text;
};

struct LineChart {
  std::string title, x_label, y_label;
  std::vector<Line> lines;
  std::vector<Mark> marks;
  bool logarithmic = false;    // the y axis
  bool x_logarithmic = false;  // points at x <= 0 are not shown
  bool whole = true;           // x counts something: epochs, steps
  // What lies above leaves the picture: the line ends at its border, and comes back there.
  double top = std::numeric_limits<double>::infinity();
  double width = 760, height = 300;

  Panel panel() const {
    using namespace detail;
    const double left = 66, right = width - 20;
    std::string legend;
    const double ceiling = 42 + key(legend, left, right), bottom = height - 46;
    Range across, up;
    for (const Line& line : lines)
      for (std::size_t i = 0; i < line.x.size(); ++i)
        if (shown(line.x[i], line.y[i])) across.add(line.x[i]), up.add(std::min(line.y[i], top));
    const Axis x(across.low, across.high, x_logarithmic, left, right, whole);
    Axis y(up.low, up.high, logarithmic, bottom, ceiling);
    y.widen(0.05);
    if (!logarithmic && up.low >= 0) y.keep_at_least(0);
    std::string body = detail::text(left, 20, title, "start", 14, "font-weight=\"600\" fill=\"#222\"") + legend;
    body += left_axis(y, left, right, ceiling, bottom, y_label) + bottom_axis(x, left, right, bottom, x_label);
    if (!(up.low <= up.high))
      return {width, height, body + detail::text((left + right) / 2, (ceiling + bottom) / 2, "no values", "middle")};
    for (const Mark& mark : marks) {
      const double at = x.place(mark.x);
      if (!(at >= left - 1 && at <= right + 1)) continue;
      body += straight(at, ceiling, at, bottom, "#888", "stroke-dasharray=\"2 3\"");
      body += detail::text(at, ceiling - 4, mark.text, at > right - text_width(mark.text, 11) / 2 ? "end" : "middle", 11,
                           "fill=\"#555\"");
    }
    for (std::size_t i = 0; i < lines.size(); ++i) body += drawn(lines[i], i, x, y, ceiling);
    return {width, height, body};
  }

 private:
  bool shown(double x, double y) const {
    return std::isfinite(y) && (!logarithmic || y > 0) && std::isfinite(x) && (!x_logarithmic || x > 0);
  }
  std::string stroke(std::size_t i) const { return lines[i].color.empty() ? color(i) : lines[i].color; }
  const char* dash(std::size_t i) const { return lines[i].dashed || i >= 7 ? " stroke-dasharray=\"6 4\"" : ""; }

  /// The legend's rows; returns their height.
  double key(std::string& body, double left, double right) const {
    double x = left, y = 40;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const double wide = 34 + detail::text_width(lines[i].name, 12);
      if (x > left && x + wide > right) x = left, y += 18;
      body +=
          detail::straight(x, y - 4, x + 20, y - 4, stroke(i).c_str(), ("stroke-width=\"2.5\"" + std::string(dash(i))).c_str());
      body += detail::text(x + 25, y, lines[i].name, "start", 12, "fill=\"#333\"");
      x += wide + 10;
    }
    return lines.empty() ? 0 : y - 22;
  }

  /// `ceiling`: the pixel above which nothing is drawn.
  std::string drawn(const Line& line, std::size_t i, const Axis& x, const Axis& y, double ceiling) const {
    std::string path, dots;
    bool open = false;    // the line has come to the point before, which is within the picture
    bool before = false;  // there is a point before, at (last_x, last_y)
    double last_x = 0, last_y = 0;
    std::size_t points = 0;
    for (std::size_t at = 0; at < line.x.size(); ++at) {
      if (!shown(line.x[at], line.y[at])) {
        open = before = false;
        continue;
      }
      const double here_x = x.place(line.x[at]), here_y = y.place(line.y[at]);
      const bool outside = line.y[at] > top && here_y < ceiling;
      const auto border = [&] {
        return detail::px(last_x + (here_x - last_x) * (ceiling - last_y) / (here_y - last_y)) + " " + detail::px(ceiling);
      };
      if (outside) {
        if (open) path += "L" + border();
      } else {
        if (!open && before) path += "M" + border();
        path += (open || before ? "L" : "M") + detail::px(here_x) + " " + detail::px(here_y);
        const bool alone = !before && (at + 1 == line.x.size() || !shown(line.x[at + 1], line.y[at + 1]));
        if (++points <= 40 || alone)
          dots += "<circle cx=\"" + detail::px(here_x) + "\" cy=\"" + detail::px(here_y) + "\" r=\"2.4\"/>";
      }
      open = !outside;
      before = true;
      last_x = here_x, last_y = here_y;
    }
    const bool few = points <= 40;
    std::string body = "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + stroke(i) +
                       "\" stroke-width=\"2\" stroke-linejoin=\"round\"" + dash(i) + "/>\n";
    return few ? body + "<g fill=\"" + stroke(i) + "\">" + dots + "</g>\n" : body;
  }
};

}  // namespace svg
}  // namespace sdk0
}  // namespace treino
