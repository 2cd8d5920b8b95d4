#include "data/array_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace treino::data {

namespace {

float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const float mantissa = static_cast<float>(bits & 0x3ff);
  float value = 0.0f;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent == 31) {
    value = mantissa == 0.0f ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else {
    value = std::ldexp(1024.0f + mantissa, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class Stored>
Stored load(const char* bytes, bool swap) {
  char buffer[sizeof(Stored)];
  std::memcpy(buffer, bytes, sizeof(Stored));
  if (swap) std::reverse(buffer, buffer + sizeof(Stored));
  Stored value;
  std::memcpy(&value, buffer, sizeof(Stored));
  return value;
}

template <class Number, class Stored>
Number convert(Stored value) {
  // Narrowing a double that float cannot hold is undefined; infinity is what it means.
  if constexpr (std::is_same_v<Stored, double> && std::is_same_v<Number, float>) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (std::abs(value) > std::numeric_limits<float>::max()) return value > 0 ? infinity : -infinity;
  }
  return static_cast<Number>(value);
}

template <class Stored, class Number>
void append_as(std::span<const char> bytes, bool swap, std::vector<Number>& numbers) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Stored)) {
    numbers.push_back(convert<Number>(load<Stored>(bytes.data() + i, swap)));
  }
}

template <class Number>
void append(std::span<const char> bytes, const ArrayHead& head, std::vector<Number>& numbers) {
  const bool swap = head.big_endian != (std::endian::native == std::endian::big);
  switch (head.element) {
    case Element::boolean:
      for (const char byte : bytes) numbers.push_back(byte != 0 ? Number{1} : Number{0});
      return;
    case Element::uint8:
      return append_as<std::uint8_t>(bytes, false, numbers);
    case Element::int8:
      return append_as<std::int8_t>(bytes, false, numbers);
    case Element::uint16:
      return append_as<std::uint16_t>(bytes, swap, numbers);
    case Element::int16:
      return append_as<std::int16_t>(bytes, swap, numbers);
    case Element::uint32:
      return append_as<std::uint32_t>(bytes, swap, numbers);
    case Element::int32:
      return append_as<std::int32_t>(bytes, swap, numbers);
    case Element::uint64:
      return append_as<std::uint64_t>(bytes, swap, numbers);
    case Element::int64:
      return append_as<std::int64_t>(bytes, swap, numbers);
    case Element::float16:
      for (std::size_t i = 0; i < bytes.size(); i += 2) {
        numbers.push_back(static_cast<Number>(from_half(load<std::uint16_t>(bytes.data() + i, swap))));
      }
      return;
    case Element::float32:
      return append_as<float>(bytes, swap, numbers);
    case Element::float64:
      return append_as<double>(bytes, swap, numbers);
  }
}

template <class Number>
std::vector<Number> to_c_order(const std::vector<Number>& numbers, const Shape& shape) {
  std::vector<std::size_t> strides(shape.size(), 1);  // in Fortran order
  for (std::size_t i = 1; i < shape.size(); ++i) strides[i] = strides[i - 1] * static_cast<std::size_t>(shape[i - 1]);
  std::vector<Number> result;
  result.reserve(numbers.size());
  Shape index(shape.size(), 0);
  std::size_t from = 0;
  while (result.size() < numbers.size()) {
    result.push_back(numbers[from]);
    for (std::size_t i = shape.size(); i-- > 0;) {
      from += strides[i];
      if (++index[i] < shape[i]) break;
      from -= strides[i] * static_cast<std::size_t>(shape[i]);
      index[i] = 0;
    }
  }
  return result;
}

}  // namespace

std::size_t size_of(Element element) {
  switch (element) {
    case Element::boolean:
    case Element::uint8:
    case Element::int8:
      return 1;
    case Element::uint16:
    case Element::int16:
    case Element::float16:
      return 2;
    case Element::uint32:
    case Element::int32:
    case Element::float32:
      return 4;
    case Element::uint64:
    case Element::int64:
    case Element::float64:
      return 8;
  }
  return 0;
}

std::uint64_t element_count(const Shape& shape, const std::string& name) {
  constexpr std::uint64_t most = std::uint64_t{1} << 48;
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) throw DataError(fmt::format("{}: a dimension of {} elements", name, size));
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && count > most / factor) throw DataError(fmt::format("{}: the shape is too large", name));
    count *= factor;
  }
  return count;
}

template <class Number>
std::vector<Number> read_elements(ByteSource& source, const ArrayHead& head, const std::string& name) {
  const std::uint64_t count = element_count(head.shape, name);
  const std::size_t size = size_of(head.element);
  std::vector<Number> numbers;
  numbers.reserve(static_cast<std::size_t>(std::min(count, source.backed() / size)));
  std::vector<char> buffer(std::size_t{64} << 10);
  while (numbers.size() < count) {
    const std::uint64_t left = (count - numbers.size()) * size;
    const std::span<char> wanted =
        std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size())));
    const std::size_t got = source.read(wanted);
    append<Number>(wanted.first(got - got % size), head, numbers);
    if (got < wanted.size()) {
      throw DataError(fmt::format("{}: ends after {} of {} elements: the file is truncated", name, numbers.size(), count));
    }
  }
  if (source.read(std::span(buffer).first(1)) != 0) {
    throw DataError(fmt::format("{}: bytes behind the {} elements that its head announces", name, count));
  }
  return head.fortran_order && head.shape.size() > 1 ? to_c_order(numbers, head.shape) : numbers;
}

template std::vector<float> read_elements<float>(ByteSource&, const ArrayHead&, const std::string&);
template std::vector<double> read_elements<double>(ByteSource&, const ArrayHead&, const std::string&);

}  // namespace treino::data
