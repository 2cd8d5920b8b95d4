// Four bytes of magic, then the dimensions, big-endian.
#include "data/formats/idx_reader.hpp"

#include <fmt/format.h>

#include <array>

#include "data/formats/array_reader.hpp"

namespace treino::data {

namespace {

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
      throw DataError(fmt::format("{}: IDX knows no element type 0x{:02x}", name, code));
  }
}

}  // namespace

ArrayHead read_idx_head(ByteSource& source, const std::string& name) {
  std::array<char, 4> bytes{};
  const auto read_four = [&] {
    if (source.read(bytes) < bytes.size()) throw DataError(name + ": ends within its IDX head: the file is truncated");
  };
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  read_four();
  if (byte(0) != 0 || byte(1) != 0) throw DataError(name + ": no IDX file: expected it to begin with two zero bytes");
  ArrayHead head;
  head.big_endian = true;
  head.element = element_of(byte(2), name);
  const int dimensions = byte(3);
  constexpr int most = 8;
  if (dimensions < 1 || dimensions > most) {
    throw DataError(fmt::format("{}: expected 1 to {} dimensions, found {}", name, most, dimensions));
  }
  for (int i = 0; i < dimensions; ++i) {
    read_four();
    head.shape.push_back(std::int64_t{byte(0)} << 24 | std::int64_t{byte(1)} << 16 | std::int64_t{byte(2)} << 8 | byte(3));
  }
  return head;
}

}  // namespace treino::data
