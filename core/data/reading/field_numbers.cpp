// One loop per type and result, made by templates: images of bytes are converted as they are read.
#include "data/reading/field_numbers.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

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

template <class Number, class Stored>
Number to_number(Stored value) {
  // Narrowing a double that float cannot hold is undefined; infinity is what it means.
  if constexpr (std::is_same_v<Stored, double> && std::is_same_v<Number, float>) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    if (std::abs(value) > std::numeric_limits<float>::max()) return value > 0 ? infinity : -infinity;
  }
  return static_cast<Number>(value);
}

template <class Stored, class Number, class Convert>
void convert_each(const std::byte* values, std::size_t count, Number* to, Convert convert) {
  for (std::size_t i = 0; i < count; ++i) {
    Stored value;
    std::memcpy(&value, values + i * sizeof value, sizeof value);
    to[i] = convert(value);
  }
}

}  // namespace

template <class Number>
void convert_values(FieldType type, const std::byte* values, std::size_t count, Number* to) {
  const auto as = [&]<class Stored>(Stored, auto convert) { convert_each<Stored>(values, count, to, convert); };
  const auto number = [](auto value) { return to_number<Number>(value); };
  switch (type) {
    case FieldType::boolean:
      return as(std::uint8_t{}, [](std::uint8_t byte) { return byte != 0 ? Number{1} : Number{0}; });
    case FieldType::uint8:
      return as(std::uint8_t{}, number);
    case FieldType::int8:
      return as(std::int8_t{}, number);
    case FieldType::uint16:
      return as(std::uint16_t{}, number);
    case FieldType::int16:
      return as(std::int16_t{}, number);
    case FieldType::uint32:
      return as(std::uint32_t{}, number);
    case FieldType::int32:
      return as(std::int32_t{}, number);
    case FieldType::uint64:
      return as(std::uint64_t{}, number);
    case FieldType::int64:
      return as(std::int64_t{}, number);
    case FieldType::float16:
      return as(std::uint16_t{}, [](std::uint16_t bits) { return static_cast<Number>(from_half(bits)); });
    case FieldType::float32:
      return as(float{}, number);
    case FieldType::float64:
      return as(double{}, number);
    case FieldType::text:
      return;  // its reader parses it
  }
}

template void convert_values<float>(FieldType, const std::byte*, std::size_t, float*);
template void convert_values<double>(FieldType, const std::byte*, std::size_t, double*);

bool are_floats(FieldType type) {
  switch (type) {
    case FieldType::uint32:
    case FieldType::int32:
    case FieldType::uint64:
    case FieldType::int64:
    case FieldType::float64:
    case FieldType::text:
      return false;
    default:
      return true;
  }
}

}  // namespace treino::data
