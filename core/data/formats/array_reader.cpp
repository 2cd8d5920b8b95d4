// One loop per element type, byte order and result, made by templates: a file of 60,000 images is converted as it is read.
#include "data/formats/array_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "data/formats/large_array.hpp"

namespace treino::data {

namespace {

float from_half(std::uint16_t bits) {
  const std::uint32_t exponent = bits >> 10 & 0x1f, mantissa = bits & 0x3ff;
  float value = 0.0f;
  if (exponent == 0) {
    value = static_cast<float>(mantissa) * 0x1p-24f;
  } else {
    const std::uint32_t widened = exponent == 31 ? 255 : exponent + (127 - 15);
    value = std::bit_cast<float>(widened << 23 | mantissa << 13);
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

/// Several at a time, since a vector asks at each whether it has room.
template <class Stored, bool swap, class Number, class Convert>
void append_as(std::span<const char> bytes, std::vector<Number>& numbers, Convert converted) {
  std::array<Number, 1024> some;
  const std::size_t count = bytes.size() / sizeof(Stored);
  for (std::size_t begin = 0; begin < count; begin += some.size()) {
    const std::size_t size = std::min(some.size(), count - begin);
    for (std::size_t i = 0; i < size; ++i) some[i] = converted(load<Stored>(bytes.data() + (begin + i) * sizeof(Stored), swap));
    numbers.insert(numbers.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(size));
  }
}

template <class Number>
void append(std::span<const char> bytes, const ArrayHead& head, std::vector<Number>& numbers) {
  const bool swap = head.big_endian != (std::endian::native == std::endian::big);
  const auto as = [&]<class Stored>(Stored, auto converted) {
    if (swap) {
      append_as<Stored, true>(bytes, numbers, converted);
    } else {
      append_as<Stored, false>(bytes, numbers, converted);
    }
  };
  const auto number = [](auto value) { return convert<Number>(value); };
  switch (head.element) {
    case Element::boolean:
      return as(std::uint8_t{}, [](std::uint8_t byte) { return byte != 0 ? Number{1} : Number{0}; });
    case Element::uint8:
      return as(std::uint8_t{}, number);
    case Element::int8:
      return as(std::int8_t{}, number);
    case Element::uint16:
      return as(std::uint16_t{}, number);
    case Element::int16:
      return as(std::int16_t{}, number);
    case Element::uint32:
      return as(std::uint32_t{}, number);
    case Element::int32:
      return as(std::int32_t{}, number);
    case Element::uint64:
      return as(std::uint64_t{}, number);
    case Element::int64:
      return as(std::int64_t{}, number);
    case Element::float16:
      return as(std::uint16_t{}, [](std::uint16_t bits) { return static_cast<Number>(from_half(bits)); });
    case Element::float32:
      return as(float{}, number);
    case Element::float64:
      return as(double{}, number);
  }
}

template <class Number>
std::vector<Number> to_c_order(const std::vector<Number>& numbers, const Shape& shape) {
  std::vector<std::size_t> strides(shape.size(), 1);  // in Fortran order
  for (std::size_t i = 1; i < shape.size(); ++i) strides[i] = strides[i - 1] * static_cast<std::size_t>(shape[i - 1]);
  std::vector<Number> result;
  reserve_large(result, numbers.size());
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

namespace {

/// Gives the bytes of all elements to `take`, many whole elements at a time.
template <class Take>
void read_all(ByteSource& source, const ArrayHead& head, const std::string& name, Take take) {
  const std::uint64_t count = element_count(head.shape, name);
  const std::size_t size = size_of(head.element);
  std::vector<char> buffer(std::size_t{64} << 10);
  for (std::uint64_t done = 0; done < count;) {
    const std::uint64_t left = (count - done) * size;
    const std::span<char> wanted =
        std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size())));
    const std::size_t got = source.read(wanted);
    take(wanted.first(got - got % size));
    done += got / size;
    if (got < wanted.size()) {
      throw DataError(fmt::format("{}: ends after {} of {} elements: the file is truncated", name, done, count));
    }
  }
  if (source.read(std::span(buffer).first(1)) != 0) {
    throw DataError(fmt::format("{}: bytes after the {} elements that its head announces", name, count));
  }
}

std::size_t backed_elements(const ByteSource& source, const ArrayHead& head, const std::string& name) {
  return static_cast<std::size_t>(std::min(element_count(head.shape, name), source.backed() / size_of(head.element)));
}

/// True for types of up to 24 bits, as many as a float has.
bool are_floats(Element element) {
  switch (element) {
    case Element::uint32:
    case Element::int32:
    case Element::uint64:
    case Element::int64:
    case Element::float64:
      return false;
    default:
      return true;
  }
}

}  // namespace

template <class Number>
std::vector<Number> read_elements(ByteSource& source, const ArrayHead& head, const std::string& name) {
  std::vector<Number> numbers;
  reserve_large(numbers, backed_elements(source, head, name));
  read_all(source, head, name, [&](std::span<const char> bytes) { append<Number>(bytes, head, numbers); });
  if (head.fortran_order && head.shape.size() > 1) return to_c_order(numbers, head.shape);
  return numbers;
}

FeatureValues read_features(ByteSource& source, const ArrayHead& head, const std::string& name, bool keep_doubles) {
  FeatureValues values;
  if (!keep_doubles || are_floats(head.element)) {
    values.floats = read_elements<float>(source, head, name);
    return values;
  }
  values.reserve(backed_elements(source, head, name));
  std::vector<double> some;
  read_all(source, head, name, [&](std::span<const char> bytes) {
    some.clear();
    append<double>(bytes, head, some);
    values.append(some, true);
  });
  if (!head.fortran_order || head.shape.size() < 2) return values;
  if (values.doubles.empty()) values.floats = to_c_order(values.floats, head.shape);
  if (!values.doubles.empty()) values.doubles = to_c_order(values.doubles, head.shape);
  return values;
}

template std::vector<float> read_elements<float>(ByteSource&, const ArrayHead&, const std::string&);
template std::vector<double> read_elements<double>(ByteSource&, const ArrayHead&, const std::string&);

}  // namespace treino::data
