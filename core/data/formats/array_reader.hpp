// Arrays of numbers as IDX and NPY files hold them: a head that says type and shape, then the elements.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/feature_values.hpp"
#include "data/formats/byte_source.hpp"

namespace treino::data {

enum class Element { boolean, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64 };

struct ArrayHead {
  Element element = Element::uint8;
  bool big_endian = false;
  bool fortran_order = false;  // the first index runs fastest
  Shape shape;
};

std::size_t size_of(Element element);

/// The product of `shape`. Throws DataError where a dimension is negative or the elements could not be counted in 48 bits.
std::uint64_t element_count(const Shape& shape, const std::string& name);

/// Reads all elements, in C order, and makes sure that nothing follows them. Memory grows with what is read. Throws DataError.
template <class Number>
std::vector<Number> read_elements(ByteSource& source, const ArrayHead& head, const std::string& name);
/// Likewise; doubles only where `keep_doubles` says so and floats would round one.
FeatureValues read_features(ByteSource& source, const ArrayHead& head, const std::string& name, bool keep_doubles);

}  // namespace treino::data
