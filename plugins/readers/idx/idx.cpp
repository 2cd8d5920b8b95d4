// Arrays in the format of the MNIST files: four bytes of magic, then the dimensions, big-endian, then the elements.
// Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST Database of Handwritten Digits.
#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <treino/reader.hpp>

#include "shared/readers/array_rows.hpp"

namespace {

using namespace treino::readers;

Element element_of(unsigned char code, const std::string& name) {
  switch (code) {
    case 0x08:
      return Element::uint8;
    case 0x09:
      return Element::int8;
    case 0x0b:
      return Element::int16;
    case 0x0c:
      return Element::int32;
    case 0x0d:
      return Element::float32;
    case 0x0e:
      return Element::float64;
    default:
      throw std::runtime_error(fmt::format("{}: IDX knows no element type 0x{:02x}", name, code));
  }
}

ArrayHead read_idx_head(ByteSource& source, const std::string& name) {
  std::array<char, 4> bytes{};
  const auto read_four = [&] {
    if (source.read(bytes) < bytes.size()) throw std::runtime_error(name + ": ends within its IDX head: the file is truncated");
  };
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  read_four();
  if (byte(0) != 0 || byte(1) != 0) throw std::runtime_error(name + ": no IDX file: expected it to begin with two zero bytes");
  ArrayHead head;
  head.big_endian = true;
  head.element = element_of(byte(2), name);
  const int dimensions = byte(3);
  constexpr int most = 8;
  if (dimensions < 1 || dimensions > most)
    throw std::runtime_error(fmt::format("{}: expected 1 to {} dimensions, found {}", name, most, dimensions));
  for (int i = 0; i < dimensions; ++i) {
    read_four();
    head.shape.push_back(std::int64_t{byte(0)} << 24 | std::int64_t{byte(1)} << 16 | std::int64_t{byte(2)} << 8 | byte(3));
  }
  return head;
}

class Idx final : public treino::DataReader {
 public:
  treino::DataSchema open(const treino::DataSource& source) override {
    rows_.emplace(open_array_file(source.path(), read_idx_head));
    Shape shape = rows_->row_shape();
    if (shape.size() == 2) shape.insert(shape.begin(), 1);  // images of one channel
    treino::DataSchema schema;
    schema.rows = rows_->rows();
    schema.tensor("", rows_->element(), shape);
    return schema;
  }
  void read(const treino::Rows& rows, const treino::Destination& to) override {
    for (std::size_t i = 0; i < to.size(); ++i) rows_->read(rows, to[i]);
  }

 private:
  std::optional<ArrayRows> rows_;
};

}  // namespace

TREINO_PLUGIN(Idx, R"toml(
kind = "reader"
draft = 1
id = "idx"
version = "1.0.0"
summary = "Arrays as the MNIST files have them; compressed by gzip or not."
help = """
The first dimension counts the samples; of three dimensions, a sample is an image of one channel. Rows are read from the file when they are
asked for, in their own type; a compressed file is kept in memory, in its own type."""
files = ["*.idx", "*idx*-ubyte"]
magic = ["00 00 08", "00 00 09", "00 00 0b", "00 00 0c", "00 00 0d", "00 00 0e"]
)toml")
