// Turns arrays into PNG images of bounded size.
#include "image.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <treino/tensor.hpp>

namespace event_files {

namespace {

constexpr std::size_t largest_side = 2048;  // of an image, in pixels; of a larger array every n-th element is shown

/// Blue below zero, white at zero, red above; gray where it is not finite.
void set_pixel(unsigned char* pixel, float value, float scale) {
  static const float blue[] = {0, 114, 178}, red[] = {213, 94, 0};
  if (!std::isfinite(value)) return static_cast<void>(std::memset(pixel, 128, 3));
  const float share = scale > 0 ? std::min(1.0f, std::abs(value) / scale) : 0;
  for (int i = 0; i < 3; ++i) pixel[i] = static_cast<unsigned char>(255 + share * ((value < 0 ? blue : red)[i] - 255) + 0.5f);
}

/// Where each element of an array stands in its image.
class Picture {
 public:
  explicit Picture(const Array& array) : array_(array) {
    const auto& shape = array.shape;
    const auto side = [&](std::size_t i) { return static_cast<std::size_t>(shape[i]); };
    if (shape.size() == 4)
      rows_ = side(0), columns_ = side(1), tile_height_ = side(2), tile_width_ = side(3), gap_ = 1;
    else if (shape.size() > 1)
      tile_height_ = side(0), tile_width_ = array.values.size() / std::max<std::size_t>(1, side(0));
    else
      tile_width_ = array.values.size();
    full_height_ = rows_ * (tile_height_ + gap_) - gap_;
    full_width_ = columns_ * (tile_width_ + gap_) - gap_;
    every_ = std::max<std::size_t>(1, (std::max(full_height_, full_width_) + largest_side - 1) / largest_side);
    for (const float value : array.values)
      if (std::isfinite(value)) scale_ = std::max(scale_, std::abs(value));
  }

  void fill(treino::events::Summary::Image& image) const {
    const std::size_t height = (full_height_ + every_ - 1) / every_, width = (full_width_ + every_ - 1) / every_;
    std::vector<unsigned char> pixels(height * width * 3, 200);
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x)
        if (const float* value = at(y * every_, x * every_)) set_pixel(&pixels[(y * width + x) * 3], *value, scale_);
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.width = static_cast<png_uint_32>(width);
    png.height = static_cast<png_uint_32>(height);
    png.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
    std::string bytes(size, '\0');
    if (png_image_write_to_memory(&png, bytes.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
      throw std::runtime_error("the image of " + array_.name + " could not be made: " + png.message);
    bytes.resize(size);
    image.set_height(static_cast<std::int32_t>(height));
    image.set_width(static_cast<std::int32_t>(width));
    image.set_colorspace(3);
    image.set_encoded_image_string(bytes);
  }

 private:
  /// Null between tiles.
  const float* at(std::size_t y, std::size_t x) const {
    const std::size_t row = y / (tile_height_ + gap_), column = x / (tile_width_ + gap_);
    const std::size_t inner_y = y % (tile_height_ + gap_), inner_x = x % (tile_width_ + gap_);
    if (inner_y == tile_height_ || inner_x == tile_width_) return nullptr;
    return &array_.values[((row * columns_ + column) * tile_height_ + inner_y) * tile_width_ + inner_x];
  }

  const Array& array_;
  std::size_t rows_ = 1, columns_ = 1, tile_height_ = 1, tile_width_ = 1, gap_ = 0;
  std::size_t full_height_ = 1, full_width_ = 1, every_ = 1;
  float scale_ = 0;
};

std::vector<float> column_scales(const Table& table) {
  std::vector<float> scales(table.columns, table.one_kind ? 1.0f : 0.0f);
  for (std::size_t i = 0; !table.one_kind && i < table.values.size(); ++i)
    if (const float value = std::abs(table.values[i]); std::isfinite(value))
      scales[i % table.columns] = std::max(scales[i % table.columns], value);
  for (float& scale : scales) scale = scale > 0 ? scale : 1;
  return scales;
}

}  // namespace

void copy(const treino_tensor& view, Array& array) {
  const treino::Elements<const float> elements(view);
  array.shape.assign(view.shape, view.shape + view.rank);
  array.values.resize(static_cast<std::size_t>(elements.size()));
  for (std::int64_t i = 0; i < elements.size(); ++i) array.values[static_cast<std::size_t>(i)] = elements[i];
}

void draw(const Array& array, treino::events::Summary::Image& image) { Picture(array).fill(image); }

Array Table::image(std::string tag) const {
  constexpr std::uint64_t smallest_side = 256;
  const std::uint64_t side = std::max<std::uint64_t>(1, smallest_side / std::max<std::uint64_t>({1, rows, columns}));
  Array array{
      std::move(tag), {static_cast<std::int64_t>(rows * side), static_cast<std::int64_t>(columns * side)}, {}, false, true};
  const std::vector<float> scales = column_scales(*this);
  for (std::uint64_t y = 0; y < rows * side; ++y)
    for (std::uint64_t x = 0; x < columns * side; ++x)
      array.values.push_back(values[y / side * columns + x / side] / scales[x / side]);
  return array;
}

}  // namespace event_files
