// Pixels of an image, and from those of one kind to those of another.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace treino::readers {

/// Rows of pixels from the top, each pixel of 1 (gray) or 3 (red, green, blue) bytes.
struct Image {
  std::int64_t width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> pixels;

  std::size_t row_bytes() const { return static_cast<std::size_t>(width * channels); }
  std::uint8_t* row(std::int64_t y) { return pixels.data() + static_cast<std::size_t>(y) * row_bytes(); }
  const std::uint8_t* row(std::int64_t y) const { return pixels.data() + static_cast<std::size_t>(y) * row_bytes(); }
};

/// Gives `image` this size, and memory for it. Throws std::runtime_error where so many pixels cannot be in a file of `file_bytes`: neither
/// PNG nor JPEG packs more than a thousand into a byte.
void set_size(Image& image, std::int64_t width, std::int64_t height, std::int64_t channels, std::size_t file_bytes);

/// Whether the bytes begin as a file of that format does.
bool is_png(std::span<const std::uint8_t> file);
bool is_jpeg(std::span<const std::uint8_t> file);

/// Decodes a file. Alpha is dropped, palettes become colors, 16 bits become 8. Throws std::runtime_error, without the file's name.
void decode_png(std::span<const std::uint8_t> file, Image& image);
void decode_jpeg(std::span<const std::uint8_t> file, Image& image);

/// Gray of colors is the luma of ITU-R BT.601, rounded; colors of gray are three times the gray.
void convert_channels(Image& image, std::int64_t channels);

}  // namespace treino::readers
