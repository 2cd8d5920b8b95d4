// PNG and JPEG images, decoded when their rows are asked for: no more than the paths and one image is in memory.
#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <treino/reader.hpp>

#include "image.hpp"
#include "image_list.hpp"
#include "resize.hpp"
#include "shared/readers/byte_source.hpp"
#include "shared/readers/lent_texts.hpp"

namespace {

using namespace treino::readers;

class Images final : public treino::DataReader {
 public:
  explicit Images(const treino::Setup& setup) : channels_(setup.get<std::int64_t>("channels")) {
    if (channels_ == 2) throw std::invalid_argument("channels: expected 1 (gray) or 3 (red, green, blue), got 2");
    const auto size = setup.get<std::vector<std::int64_t>>("size");
    if (size.empty()) return;
    if (size.size() != 2) throw std::invalid_argument(fmt::format("size: expected [height, width], got {} numbers", size.size()));
    height_ = size[0];
    width_ = size[1];
  }

  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    list_ = list_of(source);
    resizes_ = width_ > 0;
    if (!resizes_) {
      decode(0);
      width_ = image_.width;
      height_ = image_.height;
    }
    treino::DataSchema schema;
    schema.rows = static_cast<std::int64_t>(list_.paths.size());
    schema.tensor("image", treino::ReadType::uint8, {channels_, height_, width_});
    for (std::size_t i = 0; i < list_.columns.size(); ++i)
      schema.column(list_.columns[i], treino::ReadType::text, i == 0 ? treino::FieldRole::target : treino::FieldRole::other);
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    texts_.clear();
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      const std::int64_t row = rows[i];
      if (row < 0 || row >= static_cast<std::int64_t>(list_.paths.size()))
        throw std::runtime_error(fmt::format("{}: there is no image {}; it has {}", path_, row + 1, list_.paths.size()));
      for (std::size_t k = 0; k < to.size(); ++k) {
        const treino::FieldDestination field = to[k];
        if (field.field() == 0)
          read_image(row, field.row<std::uint8_t>(i));
        else if (field.type() == treino::ReadType::text)
          texts_.add(field.row<treino_read_text>(i), list_.text(row, field.field() - 1));
        else
          field.set(i, std::string_view(list_.text(row, field.field() - 1)));
      }
    }
    texts_.lend();
  }

  std::optional<treino::ValuePlace> locate(std::int64_t row, std::size_t field) override {
    if (field == 0) return treino::ValuePlace{list_.paths[static_cast<std::size_t>(row)], ""};
    const std::string place = list_.places.empty() ? list_.paths[static_cast<std::size_t>(row)]
                                                   : fmt::format("{}:{}", list_.places[static_cast<std::size_t>(row)], field + 1);
    return treino::ValuePlace{place, list_.text(row, field - 1)};
  }

 private:
  ImageList list_of(const treino::DataSource& source) {
    if (std::filesystem::is_directory(path_)) return list_folder(path_, source.wants_targets());
    std::uint8_t head[8] = {};
    InputFile(path_).read_at(0, {reinterpret_cast<char*>(head), sizeof head});
    if (!is_png(head) && !is_jpeg(head)) return list_csv(path_);
    ImageList one;
    one.paths.push_back(path_);
    return one;
  }

  void read_file(const std::string& path) {
    const InputFile file(path);
    constexpr std::uint64_t most = std::uint64_t{1} << 30;
    if (file.size() > most) throw std::runtime_error(fmt::format("{}: {} bytes; expected {} at most", path, file.size(), most));
    file_.resize(static_cast<std::size_t>(file.size()));
    file_.resize(file.read_at(0, {reinterpret_cast<char*>(file_.data()), file_.size()}));
  }

  /// The image of a row with as many channels as are wanted.
  void decode(std::int64_t row) {
    const std::string& path = list_.paths[static_cast<std::size_t>(row)];
    try {
      read_file(path);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(list_.places.empty() ? std::string(error.what())
                                                    : list_.places[static_cast<std::size_t>(row)] + ":1: " + error.what());
    }
    try {
      if (is_png(file_))
        decode_png(file_, image_);
      else if (is_jpeg(file_))
        decode_jpeg(file_, image_);
      else
        throw std::runtime_error("neither a PNG nor a JPEG image");
    } catch (const std::runtime_error& error) {
      fail(row, error.what());
    }
    convert_channels(image_, channels_);
  }
  [[noreturn]] void fail(std::int64_t row, const std::string& what) const {
    const auto at = static_cast<std::size_t>(row);
    throw std::runtime_error((list_.places.empty() ? "" : list_.places[at] + ":1: ") + list_.paths[at] + ": " + what);
  }

  void read_image(std::int64_t row, std::uint8_t* to) {
    decode(row);
    if (resizes_) resizer_.resize(image_, width_, height_);
    if (image_.width != width_ || image_.height != height_)
      fail(row, fmt::format("{} pixels wide and {} high; the first image is {} and {}. Say size = [{}, {}] for all", image_.width,
                            image_.height, width_, height_, height_, width_));
    const auto channels = static_cast<std::size_t>(channels_), pixels = static_cast<std::size_t>(width_ * height_);
    if (channels == 1) {
      std::memcpy(to, image_.pixels.data(), pixels);
      return;
    }
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < pixels; ++i) *to++ = image_.pixels[i * channels + c];
  }

  const std::int64_t channels_;
  std::int64_t width_ = 0, height_ = 0;
  bool resizes_ = false;
  std::string path_;
  ImageList list_;
  std::vector<std::uint8_t> file_;
  Image image_;
  Resizer resizer_;
  LentTexts texts_;
};

}  // namespace

TREINO_PLUGIN(Images, R"toml(
kind = "reader"
draft = 1
id = "images"
version = "1.0.0"
summary = "PNG and JPEG images: a folder for each class, or a CSV file of paths."
help = """
A folder holds a folder of images for each class, which its name names; a CSV file has the path of an image in the first field of each line (from the
file's folder on) and its target in the second, below a header or not; one image alone is a sample without a target. Classes, and the images of
each, are in the order of their names. Samples are channels x height x width, of 0 to 255; they are decoded when they are asked for.
With `size`, images are resized as Pillow does it with BILINEAR: where an image becomes smaller, all of its pixels count. Without it they have
to be of one size. Colors become gray by ITU-R BT.601; alpha is dropped, 16 bits become 8, color profiles and EXIF's orientation are not
looked at. A damaged image ends the run, with its path."""
files = ["*.png", "*.jpg", "*.jpeg"]
magic = ["89 50 4e 47 0d 0a 1a 0a", "ff d8 ff"]
[parameters.size]
type = "list"
items = "int"
default = []
min = 1
max = 65535
doc = "height and width; empty: as the images are"
[parameters.channels]
type = "int"
default = 3
min = 1
max = 3
doc = "1: gray, 3: red, green and blue"
)toml")
