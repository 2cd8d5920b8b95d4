// What charts as SVG text are drawn with: texts, straight lines, colors, and sheets of panels. Nothing is loaded from anywhere; the
// background is drawn, so that a dark page does no harm. Colors: Okabe and Ito's palette (told apart by color-blind readers) and
// the sequence "viridis".
//
//   std::string scale(double share) {
//     treino::svg::Panel panel{200, 40, ""};
//     panel.body = "<rect width=\"200\" height=\"20\" fill=\"" + treino::svg::heat_color(share) + "\"/>\n";
//     panel.body += treino::svg::detail::text(0, 36, treino::svg::number(share));
//     return treino::svg::sheet({panel, panel}, "the same twice");  // "<svg ...</svg>\n"
//   }
#pragma once
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <treino/kit/text.hpp>
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

inline std::string text(double x, double y, const std::string& words, const char* anchor = "start", double size = 12,
                        const char* more = "") {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" font-size=\"" + px(size) + "\" text-anchor=\"" + anchor + "\" " + more +
         ">" + escaped(words) + "</text>\n";
}
inline std::string straight(double x1, double y1, double x2, double y2, const char* stroke, const char* more = "") {
  return "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) + "\" stroke=\"" + stroke +
         "\" " + more + "/>\n";
}

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

/// A part of a sheet: SVG elements within width x height.
struct Panel {
  double width = 0, height = 0;
  std::string body;
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
