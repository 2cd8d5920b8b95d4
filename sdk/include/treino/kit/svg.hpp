// Small charts as SVG text, for reports and pictures: lines over linear or logarithmic axes, and sheets of them.
// Nothing is loaded from anywhere; the background is drawn, so that a dark page does no harm. Colors: Okabe and Ito's palette
// (told apart by color-blind readers) and the sequence "viridis".
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
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <treino/kit/text.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace svg {

namespace detail {

inline std::string fixed(double value, int digits) {
  const std::string result = fixed_text(value, digits);
  return result.find_first_not_of("-0.") == std::string::npos && result[0] == '-' ? result.substr(1) : result;
}

/// A coordinate: a tenth of a pixel.
inline std::string px(double value) {
  std::string text = fixed(std::isfinite(value) ? value : 0.0, 1);
  return text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0 ? text.substr(0, text.size() - 2) : text;
}

/// About as wide as browsers draw it in a proportional face.
inline double text_width(const std::string& text, double size) {
  double letters = 0;
  for (const char letter : text) {
    if ((static_cast<unsigned char>(letter) & 0xC0) == 0x80) continue;  // the rest of a letter
    letters += letter == 'i' || letter == 'l' || letter == '.' || letter == ',' ? 0.32
               : letter == 'm' || letter == 'w'                                 ? 0.85
                                                                                : 0.58;
  }
  return letters * size;
}

/// "10⁻³"
inline std::string power_of_ten(int exponent) {
  static const char* const digits[] = {"\u2070", "\u00B9", "\u00B2", "\u00B3", "\u2074",
                                       "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  std::string text = exponent < 0 ? "10\u207B" : "10";
  for (const char digit : std::to_string(std::abs(exponent))) text += digits[digit - '0'];
  return text;
}

/// A tick of an axis whose ticks are `step` apart: no more digits than tell it from its neighbors.
inline std::string tick_text(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (size >= 1e15 || step < 1e-6) return number_text(value, std::chars_format::general, 4);
  for (const auto& [unit, letter] : {std::pair(1e12, "T"), std::pair(1e9, "G"), std::pair(1e6, "M"), std::pair(1e4, "k")}) {
    if (size < unit || step < unit / 1e3) continue;
    const double divisor = unit == 1e4 ? 1e3 : unit;
    const int digits = std::max(0, static_cast<int>(-std::floor(std::log10(step / divisor) + 1e-9)));
    return value == 0 ? "0" : fixed(value / divisor, digits) + letter;
  }
  return fixed(value, std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9))));
}

struct Tick {
  double value;
  std::string text;  // empty: a line without a label
};

}  // namespace detail

/// A number for people: four digits or as many as told, in every locale. "0.1235", "1.2e-05", "362,468", "NaN".
inline std::string number(double value, int digits = 4) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "\u221E" : "\u2212\u221E";
  if (value >= 1e4 && value < 1e15) return grouped(static_cast<std::uint64_t>(value + 0.5));
  return number_text(value, std::chars_format::general, digits);
}

/// The color of the i-th line of a chart.
inline const char* color(std::size_t i) {
  static const char* const colors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444"};
  return colors[i % (sizeof colors / sizeof *colors)];
}

/// Of 0 to 1: dark violet to yellow.
inline std::string heat_color(double share) {
  static const int stops[][3] = {{68, 1, 84},    {72, 40, 120},  {62, 73, 137},  {49, 104, 142}, {38, 130, 142},
                                 {31, 158, 137}, {53, 183, 121}, {110, 206, 88}, {181, 222, 43}, {253, 231, 37}};
  const double at = std::clamp(share, 0.0, 1.0) * 9;
  const int below = std::min(8, static_cast<int>(at));
  std::string text = "#";
  for (int i = 0; i < 3; ++i) {
    const double mixed = stops[below][i] + (at - below) * (stops[below + 1][i] - stops[below][i]);
    const int value = static_cast<int>(mixed + 0.5);
    text += "0123456789abcdef"[value / 16];
    text += "0123456789abcdef"[value % 16];
  }
  return text;
}

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

/// A part of a sheet: SVG elements within width x height.
struct Panel {
  double width = 0, height = 0;
  std::string body;
};

/// From value to pixel, with ticks at round numbers.
class Axis {
 public:
  /// low, high: what is to be shown, both above 0 where `logarithmic`; from, to: pixels; whole: no ticks between whole numbers.
  Axis(double low, double high, bool logarithmic, double from, double to, bool whole = false)
      : logarithmic_(logarithmic), whole_(whole), from_(from), to_(to) {
    if (!(low <= high)) low = logarithmic ? 1 : 0, high = 1;
    if (logarithmic) {
      low_ = std::log10(low), high_ = std::log10(high);
      if (high_ - low_ < 1) low_ -= (1 - high_ + low_) / 2, high_ = low_ + 1;
    } else {
      const double widened = high > low ? 0 : std::max(std::abs(low) * 0.1, 1e-12);
      low_ = low - widened, high_ = high + widened;
    }
  }
  double place(double value) const {
    return from_ + ((logarithmic_ ? std::log10(value) : value) - low_) / (high_ - low_) * (to_ - from_);
  }
  void widen(double share) {
    const double by = (high_ - low_) * share;
    low_ -= by, high_ += by;
  }
  void keep_at_least(double low) { low_ = std::max(low_, low); }

  std::vector<detail::Tick> ticks(int wanted) const { return logarithmic_ ? decades(wanted) : rounds(wanted); }

 private:
  /// The widest step of 1, 2 or 5 times a power of ten that gives at least `wanted` ticks.
  std::vector<detail::Tick> rounds(int wanted) const {
    double power = std::pow(10, std::ceil(std::log10(high_ - low_)));
    if (whole_) power = std::max(power, 1.0);
    for (;; power /= 10)
      for (const double factor : {5.0, 2.0, 1.0}) {
        const double step = factor * power, first = std::ceil(low_ / step - 1e-9), last = std::floor(high_ / step + 1e-9);
        if (last - first + 1 < wanted && !(whole_ && step <= 1)) continue;
        std::vector<detail::Tick> ticks;
        for (double i = first; i <= last; ++i) ticks.push_back({i * step, detail::tick_text(i * step, step)});
        return ticks;
      }
  }
  std::vector<detail::Tick> decades(int wanted) const {
    const int first = static_cast<int>(std::floor(low_)), last = static_cast<int>(std::ceil(high_));
    const int every = std::max(1, static_cast<int>(std::ceil((high_ - low_) / std::max(1, wanted))));
    std::vector<detail::Tick> ticks;
    for (int exponent = first; exponent <= last; ++exponent)
      for (int digit = 1; digit < 10; ++digit) {
        const double place = exponent + std::log10(digit);
        if (place < low_ - 1e-9 || place > high_ + 1e-9) continue;
        if (digit > 1 && (every > 1 || high_ - low_ > 4)) continue;
        const bool labeled = digit == 1 && exponent % every == 0;
        const bool close = high_ - low_ <= 2 && (digit == 2 || digit == 5);
        const std::string text = labeled ? detail::power_of_ten(exponent)
                                 : close ? std::to_string(digit) + "\u00B7" + detail::power_of_ten(exponent)
                                         : "";
        if (labeled || digit > 1) ticks.push_back({std::pow(10, place), text});
      }
    return ticks;
  }

  bool logarithmic_, whole_;
  double from_, to_, low_ = 0, high_ = 1;
};

namespace detail {

inline std::string text(double x, double y, const std::string& words, const char* anchor = "start", double size = 12,
                        const char* more = "") {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" font-size=\"" + px(size) + "\" text-anchor=\"" + anchor + "\" " + more +
         ">" + escaped(words) + "</text>\n";
}
inline std::string straight(double x1, double y1, double x2, double y2, const char* stroke, const char* more = "") {
  return "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) + "\" stroke=\"" + stroke +
         "\" " + more + "/>\n";
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) { low = std::min(low, value), high = std::max(high, value); }
};

/// Line, ticks and label below the rectangle left..right.
inline std::string bottom_axis(const Axis& x, double left, double right, double bottom, const std::string& label) {
  std::string body = straight(left, bottom, right, bottom, "#888");
  for (const Tick& tick : x.ticks(std::clamp(static_cast<int>((right - left) / 120), 2, 6))) {
    const double at = x.place(tick.value);
    body += straight(at, bottom, at, bottom + 4, "#888");
    body += text(at, bottom + 17, tick.text, "middle", 11, "fill=\"#555\"");
  }
  return body + text((left + right) / 2, bottom + 34, label, "middle", 12, "fill=\"#333\"");
}

/// Grid, ticks and label beside the rectangle left..right x top..bottom.
inline std::string left_axis(const Axis& y, double left, double right, double top, double bottom, const std::string& label) {
  std::string body;
  for (const Tick& tick : y.ticks(std::clamp(static_cast<int>((bottom - top) / 60), 3, 5))) {
    const double at = y.place(tick.value);
    body += straight(left, at, right, at, tick.text.empty() ? "#f3f3f3" : "#e3e3e3");
    if (!tick.text.empty()) body += text(left - 8, at + 4, tick.text, "end", 11, "fill=\"#555\"");
  }
  if (label.empty()) return body;
  return body + "<g transform=\"translate(14 " + px((top + bottom) / 2) + ") rotate(-90)\">" +
         text(0, 0, label, "middle", 12, "fill=\"#333\"") + "</g>\n";
}

}  // namespace detail

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

inline Panel beside(const Panel& left, const Panel& right) {
  return {left.width + right.width, std::max(left.height, right.height),
          left.body + "<g transform=\"translate(" + detail::px(left.width) + " 0)\">\n" + right.body + "</g>\n"};
}

/// Panels below each other on a white sheet; `title` and `note` stand above them where they are not empty.
inline std::string sheet(const std::vector<Panel>& panels, const std::string& title = "", const std::string& note = "") {
  double width = 0, height = 10;
  for (const Panel& panel : panels) width = std::max(width, panel.width);
  std::string body;
  if (!title.empty()) body += detail::text(20, height += 24, title, "start", 18, "font-weight=\"600\" fill=\"#111\"");
  if (!note.empty()) body += detail::text(20, height += 20, note, "start", 12, "fill=\"#666\"");
  if (!title.empty() || !note.empty()) height += 14;
  for (const Panel& panel : panels) {
    body += "<g transform=\"translate(0 " + detail::px(height) + ")\">\n" + panel.body + "</g>\n";
    height += panel.height + 8;
  }
  const std::string size = detail::px(width) + "\" height=\"" + detail::px(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + detail::px(width) + " " + detail::px(height) +
         "\" width=\"" + size +
         "\" font-family=\"system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif\" role=\"img\">\n" +
         "<rect width=\"" + size + "\" rx=\"8\" fill=\"#ffffff\"/>\n" + body + "</svg>\n";
}

}  // namespace svg
}  // namespace sdk0
}  // namespace treino
