// Draws the learning rate over the run as SVG.
#include "cli/learning_rate_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace treino::cli {

namespace {

constexpr double width = 640, height = 320;
constexpr double left = 72, right = 568, top = 48, bottom = 272;
constexpr std::size_t most_places = 1000;  // two a pixel: more could not be seen

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result;
}

/// From a number at or below the least to one at or above the greatest, in steps of 1, 2 or 5 times a power of ten.
struct Scale {
  double low = 0, high = 1, step = 0.2;

  Scale(double least, double greatest, double intervals) {
    if (!(greatest > least)) greatest = least + (least == 0 ? 1 : std::abs(least));
    const double power = std::pow(10, std::floor(std::log10((greatest - least) / intervals)));
    step = power;
    for (const double factor : {2.0, 5.0, 10.0})
      if ((greatest - least) / step > intervals) step = factor * power;
    low = std::floor(least / step + 1e-9) * step;
    high = std::ceil(greatest / step - 1e-9) * step;
  }
  double at(double value, double from, double to) const { return from + (value - low) / (high - low) * (to - from); }
  std::string label(int tick) const {
    const double value = low + tick * step;
    return fmt::format("{:.6g}", std::abs(value) < step * 1e-6 ? 0.0 : value);
  }
  int ticks() const { return static_cast<int>(std::lround((high - low) / step)); }
};

struct Place {
  double x, y;
};

double distance(const Place& point, const Place& from, const Place& to) {
  const double dx = to.x - from.x, dy = to.y - from.y, length = dx * dx + dy * dy;
  const double along = length == 0 ? 0 : std::clamp(((point.x - from.x) * dx + (point.y - from.y) * dy) / length, 0.0, 1.0);
  return std::hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}

/// Marks the points without which the line would be seen to differ. D. H. Douglas, T. K. Peucker, 1973.
void keep(const std::vector<Place>& line, std::size_t first, std::size_t last, std::vector<bool>& kept) {
  double farthest = 0.15;  // pixels
  std::size_t corner = first;
  for (std::size_t i = first + 1; i < last; ++i)
    if (const double far = distance(line[i], line[first], line[last]); far > farthest) farthest = far, corner = i;
  if (corner == first) return;
  kept[corner] = true;
  keep(line, first, corner, kept);
  keep(line, corner, last, kept);
}

/// A path that holds each value until the next; of many values in one place the least and the greatest.
std::string path(const std::vector<double>& values, const Scale& scale, double end) {
  std::vector<Place> line;
  const auto x = [&](std::size_t i) { return left + (end - left) * static_cast<double>(i) / static_cast<double>(values.size()); };
  const std::size_t places = std::min(values.size(), most_places);
  for (std::size_t place = 0; place < places; ++place) {
    const std::size_t begin = place * values.size() / places, after = (place + 1) * values.size() / places;
    const auto [least, greatest] = std::minmax_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                                       values.begin() + static_cast<std::ptrdiff_t>(after));
    const auto earlier = std::min(least, greatest), later = std::max(least, greatest);
    line.push_back({x(begin), scale.at(*earlier, bottom, top)});
    if (places < most_places) {
      line.push_back({x(after), scale.at(*earlier, bottom, top)});
    } else if (*least != *greatest) {
      line.push_back({x(begin), scale.at(*later, bottom, top)});
    }
  }
  std::vector<bool> kept(line.size());
  kept.front() = kept.back() = true;
  keep(line, 0, line.size() - 1, kept);
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (kept[i]) result += fmt::format("{}{:.1f} {:.1f}", result.empty() ? 'M' : 'L', line[i].x, line[i].y);
  return result;
}

std::string text(double x, double y, const char* anchor, const std::string& content, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more, escaped(content));
}

}  // namespace

std::string learning_rate_picture(std::span<const treino_schedule_point> points, std::uint64_t epochs, const std::string& title) {
  std::vector<double> values, momenta;
  bool has_momentum = !points.empty();
  for (const treino_schedule_point& point : points) {
    values.push_back(point.learning_rate);
    momenta.push_back(point.momentum);
    has_momentum = has_momentum && !std::isnan(point.momentum);
  }
  if (values.empty()) values = {0};
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const Scale scale(std::min(0.0, *least), *greatest, 5);
  const Scale time(0, static_cast<double>(std::max<std::uint64_t>(epochs, 1)), 8);
  const double end = time.at(static_cast<double>(epochs), left, right);

  std::string picture = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#333\">\n<title>{2}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      width, height, escaped(title));
  picture += text(left, 20, "start", title, " font-size=\"14\" font-weight=\"600\"");
  std::string grid;
  for (int tick = 0; tick <= scale.ticks(); ++tick) {
    const double y = scale.at(scale.low + tick * scale.step, bottom, top);
    grid += fmt::format("M{} {:.1f}H{}", left, y, right);
    picture += text(left - 8, y + 4, "end", scale.label(tick));
  }
  for (int tick = 0; tick <= time.ticks(); ++tick) {
    const double x = time.at(time.low + tick * time.step, left, right);
    grid += fmt::format("M{:.1f} {}V{}", x, bottom, bottom + 5);
    picture += text(x, bottom + 20, "middle", time.label(tick));
  }
  picture += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#ddd\"/>\n", grid);
  picture += text((left + right) / 2, bottom + 38, "middle", "epochs");
  picture += text(left, 39, "start", "learning rate", " font-size=\"11\" fill=\"#0072b2\"");
  if (has_momentum) {
    const Scale momentum(*std::min_element(momenta.begin(), momenta.end()), *std::max_element(momenta.begin(), momenta.end()), 5);
    for (int tick = 0; tick <= momentum.ticks(); ++tick)
      picture += text(right + 8, momentum.at(momentum.low + tick * momentum.step, bottom, top) + 4, "start", momentum.label(tick),
                      " fill=\"#b35900\"");
    picture += text(right, 39, "end", "momentum", " font-size=\"11\" fill=\"#b35900\"");
    picture +=
        fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#d55e00\" stroke-dasharray=\"5 4\"/>\n", path(momenta, momentum, end));
  }
  picture +=
      fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\"/>\n</svg>\n", path(values, scale, end));
  return picture;
}

}  // namespace treino::cli
