// Pieces of time within each other, as SVG: see <treino/svg.hpp>.
#pragma once
#include <treino/kit/svg_axis.hpp>
#include <treino/kit/text.hpp>

namespace treino {
inline namespace sdk0 {
namespace svg {

/// A bar from begin to end, below those that contain it.
struct Bar {
  double begin, end;  // in the axis' unit
  int depth;          // 0: the top row
  std::size_t kind;   // of Timeline::kinds
  std::string name;
};

struct Timeline {
  std::string title, x_label;
  std::vector<std::string> kinds;  // each with a color of its own, in the legend
  std::vector<Bar> bars;
  double width = 836;

  Panel panel() const {
    const double left = 20, right = width - 20, row = 26;
    detail::Range across;
    int deepest = 0;
    for (const Bar& bar : bars) across.add(bar.begin), across.add(bar.end), deepest = std::max(deepest, bar.depth);
    std::string legend;
    const double top = 50 + key(legend, left, right), bottom = top + row * (deepest + 1);
    const Axis x(across.low, across.high, false, left, right);
    std::string body = detail::text(left, 20, title, "start", 14, "font-weight=\"600\" fill=\"#222\"") + legend;
    for (const Bar& bar : bars) body += drawn(bar, x, top + row * bar.depth, row);
    return {width, bottom + 46, body + detail::bottom_axis(x, left, right, bottom + 3, x_label)};
  }

 private:
  /// Light enough for dark letters.
  static const char* fill(std::size_t kind) {
    static const char* const fills[] = {"#e3e3e3", "#8cc8ea", "#f0a77a", "#7fd0b5", "#e7c0d6", "#f4d06f", "#b9c3e8", "#c9c9c9"};
    return fills[kind % (sizeof fills / sizeof *fills)];
  }

  double key(std::string& body, double left, double right) const {
    double x = left, y = 40;
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      const double wide = 26 + detail::text_width(kinds[kind], 12);
      if (x > left && x + wide > right) x = left, y += 18;
      body += rectangle(x, y - 10, 14, 12, kind, "");
      body += detail::text(x + 19, y, kinds[kind], "start", 12, "fill=\"#333\"");
      x += wide + 12;
    }
    return y - 40;
  }

  static std::string rectangle(double x, double y, double width, double height, std::size_t kind, const std::string& title) {
    return "<rect x=\"" + detail::px(x) + "\" y=\"" + detail::px(y) + "\" width=\"" + detail::px(width) + "\" height=\"" +
           detail::px(height) + "\" rx=\"2\" fill=\"" + fill(kind) + "\"" +
           (title.empty() ? "/>\n" : "><title>" + escaped(title) + "</title></rect>\n");
  }

  static std::string drawn(const Bar& bar, const Axis& x, double y, double row) {
    const double begin = x.place(bar.begin), wide = std::max(0.6, x.place(bar.end) - begin - 0.6);
    std::string body = rectangle(begin, y, wide, row - 2, bar.kind, bar.name);
    std::string name = bar.name;
    while (!name.empty() && detail::text_width(name, 10) > wide - 5) name.pop_back();
    if (name.size() < std::min<std::size_t>(bar.name.size(), 8)) return body;
    return body + detail::text(begin + 3, y + 16, name, "start", 10, "fill=\"#222\"");
  }
};

}  // namespace svg
}  // namespace sdk0
}  // namespace treino
