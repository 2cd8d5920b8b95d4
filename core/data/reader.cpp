// What can be told of fields without reading them.
#include "data/reader.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace treino::data {

std::size_t size_of(FieldType type) {
  switch (type) {
    case FieldType::boolean:
    case FieldType::uint8:
    case FieldType::int8:
      return 1;
    case FieldType::uint16:
    case FieldType::int16:
    case FieldType::float16:
      return 2;
    case FieldType::uint32:
    case FieldType::int32:
    case FieldType::float32:
      return 4;
    case FieldType::uint64:
    case FieldType::int64:
    case FieldType::float64:
      return 8;
    case FieldType::text:
      return sizeof(ReadText);
  }
  return 0;
}

std::int64_t Field::size() const { return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()); }

bool Schema::has_names() const {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) { return !field.name.empty(); });
}

}  // namespace treino::data
