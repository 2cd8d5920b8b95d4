// A small picture made of pixels, for those who draw a curve without a library: lines, and numbers in letters of three by five
// dots.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace treino {
inline namespace sdk0 {

struct Color {
  unsigned char red, green, blue;
};

/// White at first. What is drawn outside is not drawn. Row 0 is at the top.
class Canvas {
 public:
  Canvas(int width, int height)
      : width_(width),
        height_(height),
        pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), {255, 255, 255}) {}
  int width() const { return width_; }
  int height() const { return height_; }
  /// width x height, row by row.
  const Color* pixels() const { return pixels_.data(); }

  void dot(int x, int y, Color color) {
    if (x >= 0 && x < width_ && y >= 0 && y < height_)
      pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)] = color;
  }
  /// Two pixels wide.
  void line(double x0, double y0, double x1, double y1, Color color) {
    const int steps = 1 + static_cast<int>(std::max(std::abs(x1 - x0), std::abs(y1 - y0)));
    for (int i = 0; i <= steps; ++i) {
      const int x = static_cast<int>(std::lround(x0 + (x1 - x0) * i / steps));
      const int y = static_cast<int>(std::lround(y0 + (y1 - y0) * i / steps));
      dot(x, y, color);
      dot(x + 1, y, color);
      dot(x, y + 1, color);
    }
  }
  /// What numbers are made of, 6 by 10 pixels each and 8 apart; anything else is left blank.
  void number(int x, int y, const std::string& text, Color color = {60, 60, 60}) {
    static const std::map<char, const char*> glyphs = {
        // five rows of three
        {'0', "####.##.##.####"}, {'1', ".#.##..#..#.###"}, {'2', "###..#####..###"}, {'3', "###..####..####"},
        {'4', "#.##.####..#..#"}, {'5', "####..###..####"}, {'6', "####..####.####"}, {'7', "###..#..#.#..#."},
        {'8', "####.#####.####"}, {'9', "####.####..####"}, {'.', ".............#."}, {'-', "......###......"},
        {'+', "....#.###.#...."}, {'e', "...#######..###"}};
    for (const char letter : text) {
      const auto glyph = glyphs.find(letter);
      for (int i = 0; glyph != glyphs.end() && i < 60; ++i) {
        const int column = i % 6, row = i / 6;
        if (glyph->second[row / 2 * 3 + column / 2] == '#') dot(x + column, y + row, color);
      }
      x += 8;
    }
  }

 private:
  int width_, height_;
  std::vector<Color> pixels_;
};

}  // namespace sdk0
}  // namespace treino
