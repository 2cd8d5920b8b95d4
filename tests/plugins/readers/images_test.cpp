// Images in manifests: the run on PNG files is that on an IDX file of the same pixels; classes, sizes and places of errors.
#include <zlib.h>

#include "table.hpp"

using namespace treino;
using namespace treino::test;

namespace {

namespace fs = std::filesystem;

std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

std::string chunk(const std::string& content) {  // type and data
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  return big_endian(static_cast<std::uint32_t>(content.size() - 4)) + content + big_endian(static_cast<std::uint32_t>(sum));
}

/// A gray PNG image: RFC 2083.
std::string png(std::uint32_t width, std::uint32_t height, const std::string& pixels) {
  std::string rows;
  for (std::uint32_t y = 0; y < height; ++y) rows += '\0' + pixels.substr(y * width, width);
  std::string packed(compressBound(static_cast<uLong>(rows.size())), '\0');
  uLongf size = static_cast<uLongf>(packed.size());
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
           static_cast<uLong>(rows.size()));
  packed.resize(size);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR" + big_endian(width) + big_endian(height) + std::string("\x08\0\0\0\0", 5)) +
         chunk("IDAT" + packed) + chunk("IEND");
}

std::string pixels_of(int image, int count) {
  std::string pixels;
  for (int i = 0; i < count; ++i) pixels += static_cast<char>((image * 31 + i * i * 7) % 256);
  return pixels;
}

class ImageWorkshop : public ReaderWorkshop {
 public:
  void image(const std::string& name, std::uint32_t width, std::uint32_t height, const std::string& pixels) const {
    fs::create_directories((path() / name).parent_path());
    write_text(path() / name, png(width, height, pixels));
  }
  /// A file for each of these, alike.
  void images(const std::vector<std::string>& names, std::uint32_t width = 2, std::uint32_t height = 2) const {
    for (const std::string& name : names)
      image(name, width, height, pixels_of(static_cast<int>(name.size()), static_cast<int>(width * height)));
  }
  train::RunData data(const std::string& keys, const std::string& more = "") const {
    return train::load_data(plan_of(reading(keys, more)));
  }
};

const std::string image_set = "file = \"set\", format = \"images\", channels = 1";

}  // namespace

TEST_CASE("a run on PNG files is that on an IDX file of the same pixels, bit for bit") {
  const ImageWorkshop workshop;
  // By class, then by name: the order of the folder.
  std::string all, labels;
  for (int label = 0; label < 3; ++label)
    for (int i = 0; i < 12; ++i) {
      const std::string pixels = pixels_of(label * 12 + i, 20);
      workshop.image("set/" + std::to_string(label) + "/" + std::string(1, static_cast<char>('a' + i)) + ".png", 5, 4, pixels);
      all += pixels;
      labels += static_cast<char>(label);
    }
  workshop.file("images.idx", std::string("\0\0\x08\x03", 4) + big_endian(36) + big_endian(4) + big_endian(5) + all);
  workshop.file("labels.idx", std::string("\0\0\x08\x01", 4) + big_endian(36) + labels);
  const std::string idx = "file = \"images.idx\", target_file = \"labels.idx\", target_kind = \"index\"";
  for (const std::string scaling : {"scale = 0.00390625\n", "scaling = \"standardize\"\n"}) {
    CAPTURE(scaling);
    const auto of_idx = workshop.trained(reading(idx + ", validation = 0.25", scaling), "idx");
    CHECK(workshop.trained(reading(image_set + ", validation = 0.25", scaling), "png") == of_idx);
    const std::string decoded_by_batch = scaling + "memory_limit = 0\n";
    CHECK(workshop.trained(reading(image_set + ", validation = 0.25", decoded_by_batch), "by_batch") == of_idx);
  }
}

TEST_CASE("classes are folders in the order of their names, and a further folder may lack one") {
  const ImageWorkshop workshop;
  workshop.images({"set/cat/2.png", "set/cat/10.png", "set/ant/x.PNG", "set/bee/deep/er.png", "test/cat/a.png"});
  workshop.file("set/notes.txt", "passed over");
  workshop.file("set/cat/.hidden.png", "passed over");
  const train::RunData data = workshop.data(image_set, "test = { file = \"test\" }\n");
  CHECK(data.training.class_names == std::vector<std::string>{"ant", "bee", "cat"});
  CHECK(data.training.classes == std::vector<std::int32_t>{0, 1, 2, 2});
  CHECK(data.training.sample_shape == data::Shape{1, 2, 2});
  CHECK(data.test.classes == std::vector<std::int32_t>{2});
  const std::string third = pixels_of(14, 4);  // "set/cat/10.png" comes before "set/cat/2.png"
  CHECK(data.training.features[8] == static_cast<float>(static_cast<unsigned char>(third[0])));
}

TEST_CASE("a CSV file has paths from its own folder on, with targets beside them, below a header or not") {
  const ImageWorkshop workshop;
  workshop.images({"pictures/one.png", "pictures/second.png"});
  for (const std::string header : {"", "picture,price,kind\n"}) {
    CAPTURE(header);
    workshop.file("pictures/list.csv", header + "one.png,2.5,a\n\"second.png\",-1,b\n");
    const train::RunData data =
        train::load_data(workshop.plan_of(reading("file = \"pictures/list.csv\", format = \"images\"", "", "mse", 1)));
    CHECK(data.training.values == std::vector<float>{2.5f, -1});
    CHECK(data.training.sample_shape == data::Shape{3, 2, 2});
  }
  const train::RunData named = workshop.data("file = \"pictures/list.csv\", format = \"images\", target = \"kind\"");
  CHECK(named.training.class_names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("images for predictions need no folders of classes, and one alone is a sample") {
  const ImageWorkshop workshop;
  workshop.images({"set/a/1.png", "set/b/1.png", "new/2.png", "new/1.png"});
  const train::Plan plan = workshop.plan_of(reading(image_set));
  const train::RunData data = train::load_data(plan);
  CHECK(train::load_to_predict(plan, data.preparation, workshop.path() / "new").count == 2);
  CHECK(train::load_to_predict(plan, data.preparation, workshop.path() / "new/2.png").count == 1);
}

TEST_CASE("images of another size are resized where a size is given, and refused with their path else") {
  const ImageWorkshop workshop;
  workshop.images({"set/a/1.png", "set/b/1.png"});
  workshop.images({"set/b/2.png"}, 4, 2);
  CHECK(workshop.data(image_set + ", size = [3, 5]").training.sample_shape == data::Shape{1, 3, 5});
  CHECK(workshop.thrown(reading(image_set)) ==
        "set/b/2.png: 4 pixels wide and 2 high; the first image is 2 and 2. Say size = [2, 2] for all");
}

TEST_CASE("what is wrong with a folder or an image is told with its path") {
  const ImageWorkshop workshop;
  const auto said = [&](const std::string& keys = image_set) { return workshop.faults(reading(keys)); };
  fs::create_directories(workshop.path() / "set/a");
  CHECK(said() == "train.toml:6:18: set/a: a class without a PNG or JPEG image");
  workshop.images({"set/a/1.png", "set/2.png"});
  CHECK(said() == "train.toml:6:18: set: '2.png' lies in no class's folder");
  fs::remove(workshop.path() / "set/2.png");
  CHECK(said() == "");
  workshop.file("set/a/3.gif", "GIF89a");
  CHECK(said() == "train.toml:6:18: set/a/3.gif: expected PNG or JPEG images");
  fs::remove(workshop.path() / "set/a/3.gif");
  workshop.file("set/a/3.png", "a text");
  CHECK(workshop.thrown(reading(image_set)) == "set/a/3.png: neither a PNG nor a JPEG image");
  fs::create_directories(workshop.path() / "empty");
  CHECK(said("file = \"empty\", format = \"images\"") ==
        "train.toml:6:18: empty: expected a folder for each class, with PNG or JPEG images in it");
  workshop.file("list.csv", "none.png,1\n");
  CHECK_THAT(said("file = \"list.csv\", format = \"images\""),
             ContainsSubstring("train.toml:6:18: list.csv:1:1: none.png: cannot be opened"));
  CHECK_THAT(said(image_set + ", size = [3]"), ContainsSubstring("size: expected [height, width], got 1 numbers"));
  CHECK_THAT(said("file = \"set\", format = \"images\", channels = 2"), ContainsSubstring("channels: expected 1 (gray) or 3"));
}
