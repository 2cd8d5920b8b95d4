// Where Pillow has a rule, it is Pillow's, so that images are what they are elsewhere.
#include "image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace treino::readers {

namespace {

constexpr std::uint8_t png_magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::uint8_t jpeg_magic[] = {0xff, 0xd8, 0xff};

bool begins_with(std::span<const std::uint8_t> file, std::span<const std::uint8_t> magic) {
  return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
}

/// 0.299 R + 0.587 G + 0.114 B in 16 bits after the point.
std::uint8_t luma(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
}

}  // namespace

void set_size(Image& image, std::int64_t width, std::int64_t height, std::int64_t channels, std::size_t file_bytes) {
  constexpr std::int64_t most_side = 65535, most_pixels = std::int64_t{1} << 28, packed = 1040, allowance = 65536;
  if (width < 1 || height < 1 || width > most_side || height > most_side || width * height > most_pixels)
    throw std::runtime_error(
        fmt::format("{}x{} pixels; expected {} per side and {} in all at most", width, height, most_side, most_pixels));
  if ((width * height - allowance) / packed > static_cast<std::int64_t>(file_bytes))
    throw std::runtime_error(fmt::format("{}x{} pixels in a file of {} bytes: it is damaged", width, height, file_bytes));
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.pixels.resize(static_cast<std::size_t>(width * height * channels));
}

bool is_png(std::span<const std::uint8_t> file) { return begins_with(file, png_magic); }
bool is_jpeg(std::span<const std::uint8_t> file) { return begins_with(file, jpeg_magic); }

void convert_channels(Image& image, std::int64_t channels) {
  if (image.channels == channels) return;
  const std::size_t count = static_cast<std::size_t>(image.width * image.height);
  std::vector<std::uint8_t>& pixels = image.pixels;
  if (channels == 1) {
    for (std::size_t i = 0; i < count; ++i) pixels[i] = luma(pixels.data() + 3 * i);
    pixels.resize(count);
  } else {
    pixels.resize(3 * count);
    for (std::size_t i = count; i-- > 0;)
      std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, std::uint8_t{pixels[i]});
  }
  image.channels = channels;
}

}  // namespace treino::readers
