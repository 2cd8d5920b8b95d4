// libpng leaves a function that fails by longjmp(), over frames that must have nothing to destroy: all that it needs lies in one struct.
#include <png.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include "image.hpp"

namespace treino::readers {

namespace {

struct PngDecoder {
  std::span<const std::uint8_t> file;
  Image& image;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::size_t at = 0;
  char error[160] = "";

  PngDecoder(std::span<const std::uint8_t> bytes, Image& to) : file(bytes), image(to) {}
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;
  ~PngDecoder() { png_destroy_read_struct(&png, &info, nullptr); }

  static void read(png_structp png, png_bytep to, std::size_t count) {
    auto& self = *static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (count > self.file.size() - self.at) png_error(png, "ends too early: the file is truncated");
    std::memcpy(to, self.file.data() + self.at, count);
    self.at += count;
  }
  [[noreturn]] static void fail(png_structp png, png_const_charp what) {
    auto& self = *static_cast<PngDecoder*>(png_get_error_ptr(png));
    std::strncpy(self.error, what, sizeof self.error - 1);
    png_longjmp(png, 1);
  }
  static void ignore(png_structp, png_const_charp) {}
};

/// Whether the head could be read; what it says is then in the decoder's info.
bool read_head(PngDecoder& decoder) {
  png_structp png = decoder.png;
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, &decoder, PngDecoder::read);
  png_set_user_limits(png, 65535, 65535);
  png_set_chunk_malloc_max(png, png_alloc_size_t{8} << 20);
  png_read_info(png, decoder.info);
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_scale_16(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
  return true;
}

bool read_rows(PngDecoder& decoder) {
  png_structp png = decoder.png;
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  const int passes = png_get_interlace_type(png, decoder.info) == PNG_INTERLACE_ADAM7 ? PNG_INTERLACE_ADAM7_PASSES : 1;
  for (int pass = 0; pass < passes; ++pass)
    for (std::int64_t y = 0; y < decoder.image.height; ++y) png_read_row(png, decoder.image.row(y), nullptr);
  png_read_end(png, nullptr);
  return true;
}

}  // namespace

void decode_png(std::span<const std::uint8_t> file, Image& image) {
  PngDecoder decoder(file, image);
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, PngDecoder::fail, PngDecoder::ignore);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) throw std::bad_alloc();
  if (!read_head(decoder)) throw std::runtime_error(std::string("no PNG image that can be read: ") + decoder.error);
  const std::int64_t width = png_get_image_width(decoder.png, decoder.info),
                     channels = png_get_channels(decoder.png, decoder.info);
  set_size(image, width, png_get_image_height(decoder.png, decoder.info), channels, file.size());
  if (png_get_rowbytes(decoder.png, decoder.info) != image.row_bytes() || (channels != 1 && channels != 3))
    throw std::runtime_error("a PNG image whose pixels are neither gray nor colors");
  if (!read_rows(decoder)) throw std::runtime_error(std::string("the PNG image is damaged: ") + decoder.error);
}

}  // namespace treino::readers
