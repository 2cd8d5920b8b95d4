// libjpeg goes on where a file is damaged, with a warning and gray pixels: here that is an error. It is left by longjmp(), over frames
// that must have nothing to destroy.
#include <csetjmp>
#include <cstddef>
#include <cstdio>

// after <cstdio>, whose FILE it takes for granted
#include <jerror.h>
#include <jpeglib.h>

#include <stdexcept>

#include "image.hpp"

namespace treino::readers {

namespace {

struct JpegDecoder {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf failed;
  char error[JMSG_LENGTH_MAX] = "";

  JpegDecoder() {
    jpeg.err = jpeg_std_error(&errors);
    jpeg.client_data = this;
    errors.error_exit = fail;
    errors.emit_message = [](j_common_ptr common, int level) {
      if (level < 0 && !is_harmless(common->err->msg_code)) fail(common);
    };
    errors.output_message = [](j_common_ptr) {};
    // Each scan goes over the whole image, and may take a few bytes.
    progress.progress_monitor = [](j_common_ptr common) {
      constexpr int most_scans = 64;
      auto& self = *static_cast<JpegDecoder*>(common->client_data);
      if (self.jpeg.input_scan_number <= most_scans) return;
      std::snprintf(self.error, sizeof self.error, "more than %d scans", most_scans);
      std::longjmp(self.failed, 1);
    };
  }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg); }

  [[noreturn]] static void fail(j_common_ptr common) {
    auto& self = *static_cast<JpegDecoder*>(common->client_data);
    common->err->format_message(common, self.error);
    std::longjmp(self.failed, 1);
  }
  /// Of cameras and editors, while all pixels are there.
  static bool is_harmless(int warning) {
    return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_JFIF_MAJOR || warning == JWRN_ADOBE_XFORM ||
           warning == JWRN_TOO_MUCH_DATA;
  }
};

bool read_head(JpegDecoder& decoder, const std::uint8_t* bytes, std::size_t count) {
  if (setjmp(decoder.failed) != 0) return false;
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &decoder.progress;
  jpeg_mem_src(&jpeg, bytes, static_cast<unsigned long>(count));
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = jpeg.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_calc_output_dimensions(&jpeg);
  return true;
}

bool read_rows(JpegDecoder& decoder, Image& image) {
  if (setjmp(decoder.failed) != 0) return false;
  jpeg_decompress_struct& jpeg = decoder.jpeg;
  jpeg_start_decompress(&jpeg);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = image.row(jpeg.output_scanline);
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

}  // namespace

void decode_jpeg(std::span<const std::uint8_t> file, Image& image) {
  JpegDecoder decoder;
  if (!read_head(decoder, file.data(), file.size()))
    throw std::runtime_error(std::string("no JPEG image that can be read: ") + decoder.error);
  const jpeg_decompress_struct& jpeg = decoder.jpeg;
  if (jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK)
    throw std::runtime_error("a JPEG image in CMYK; expected gray or RGB");
  set_size(image, jpeg.output_width, jpeg.output_height, jpeg.out_color_space == JCS_GRAYSCALE ? 1 : 3, file.size());
  if (!read_rows(decoder, image)) throw std::runtime_error(std::string("the JPEG image is damaged: ") + decoder.error);
}

}  // namespace treino::readers
