// Axes of charts as SVG text, linear or logarithmic, with ticks at round values.
//
//   std::string ruler(double low, double high) {
//     const treino::svg::Axis axis(low, high, false, 20, 180);  // from pixel 20 to pixel 180
//     treino::svg::Panel panel{200, 60, treino::svg::detail::bottom_axis(axis, 20, 180, 10, "meters")};
//     const double middle = axis.place((low + high) / 2);  // 100
//     panel.body += treino::svg::detail::straight(middle, 0, middle, 10, "#888");
//     return treino::svg::sheet({panel});
//   }
#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <treino/kit/svg_drawing.hpp>
#include <treino/kit/text.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace svg {

namespace detail {

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

}  // namespace svg
}  // namespace sdk0
}  // namespace treino
