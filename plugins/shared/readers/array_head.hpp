// Arrays of numbers as IDX and NPY files hold them: a head that says type and shape, then the elements.
#pragma once
#include <cstdint>
#include <string>
#include <treino/reader.hpp>
#include <vector>

namespace treino::readers {

using Element = ReadType;
using Shape = std::vector<std::int64_t>;

struct ArrayHead {
  Element element = Element::uint8;
  bool big_endian = false;
  bool fortran_order = false;  // the first index runs fastest
  Shape shape;                 // of all samples
};

/// The product of `shape`. Throws std::runtime_error where a dimension is negative or the elements could not be counted in 48 bits.
std::uint64_t element_count(const Shape& shape, const std::string& name);

}  // namespace treino::readers
