// Draws learning curves into pixels and packs them as PNG.
#include "picture.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/drawing/canvas.hpp"

namespace email {

namespace {

constexpr treino::Color grey{200, 200, 200}, blue{31, 119, 180}, orange{255, 127, 14};

std::string png(const treino::Canvas& canvas) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(canvas.width());
  image.height = static_cast<png_uint_32>(canvas.height());
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::string bytes;
  for (int pass = 0; pass < 2; ++pass) {  // the first finds out the size
    if (png_image_write_to_memory(&image, bytes.empty() ? nullptr : bytes.data(), &size, 0, canvas.pixels(), 0, nullptr) == 0)
      throw std::runtime_error(image.message);
    bytes.resize(size);
  }
  return bytes;
}

}  // namespace

std::string picture(const std::vector<const treino::LearningCurve*>& shown, const std::vector<std::uint64_t>& epochs) {
  constexpr int width = picture_width, height = picture_height, left = 104, right = 12, top = 12, bottom = 24;
  double low = INFINITY, high = -INFINITY;
  for (const treino::LearningCurve* curve : shown)
    for (std::size_t i = 0; i < curve->values.size(); ++i)
      if (curve->there[i] != 0 && std::isfinite(curve->values[i])) {
        low = std::min(low, curve->values[i]);
        high = std::max(high, curve->values[i]);
      }
  if (low > high) return "";
  const double range = high > low && std::isfinite(high - low) ? high - low : 1;
  treino::Canvas canvas(width, height);
  for (int x = left; x < width - right; ++x)
    for (const int y : {top, height - bottom}) canvas.dot(x, y, grey);
  for (int y = top; y <= height - bottom; ++y)
    for (const int x : {left, width - right - 1}) canvas.dot(x, y, grey);
  canvas.number(4, top - 4, treino::short_text(high));
  canvas.number(4, height - bottom - 6, treino::short_text(low));
  canvas.number(left, height - 16, std::to_string(epochs.front() + 1));
  const std::string last = std::to_string(epochs.back() + 1);
  canvas.number(width - right - 8 * static_cast<int>(last.size()), height - 16, last);
  const auto x = [&](std::size_t i) {
    const double share = epochs.size() < 2 ? 0.5 : static_cast<double>(i) / static_cast<double>(epochs.size() - 1);
    return left + 3 + share * (width - left - right - 8);
  };
  const auto y = [&](double value) { return height - bottom - 3 - (value - low) / range * (height - top - bottom - 8); };
  for (std::size_t which = 0; which < shown.size(); ++which) {
    std::optional<std::size_t> before;
    for (std::size_t i = 0; i < epochs.size(); ++i) {
      if (shown[which]->there[i] == 0 || !std::isfinite(shown[which]->values[i])) continue;
      const std::size_t from = before.value_or(i);
      canvas.line(x(from), y(shown[which]->values[from]), x(i), y(shown[which]->values[i]), which == 0 ? blue : orange);
      before = i;
    }
  }
  return png(canvas);
}

}  // namespace email
