// The element types of the format, with their names and sizes: one table.
#include "store/safetensors.hpp"

#include <algorithm>
#include <array>

namespace treino::store {

namespace {

struct DTypeRow {
  DType type;
  std::string_view name;
  std::size_t size;
};

constexpr std::array dtypes = {DTypeRow{DType::F32, "F32", 4},   DTypeRow{DType::F64, "F64", 8},   DTypeRow{DType::I32, "I32", 4},
                               DTypeRow{DType::I64, "I64", 8},   DTypeRow{DType::U8, "U8", 1},     DTypeRow{DType::U32, "U32", 4},
                               DTypeRow{DType::U64, "U64", 8},   DTypeRow{DType::BOOL, "BOOL", 1}, DTypeRow{DType::F16, "F16", 2},
                               DTypeRow{DType::BF16, "BF16", 2}, DTypeRow{DType::I8, "I8", 1},     DTypeRow{DType::I16, "I16", 2},
                               DTypeRow{DType::U16, "U16", 2}};

const DTypeRow& row_of(DType type) {
  const auto row = std::find_if(dtypes.begin(), dtypes.end(), [&](const DTypeRow& candidate) { return candidate.type == type; });
  if (row == dtypes.end()) throw FormatError("is of an unknown element type");
  return *row;
}

}  // namespace

std::size_t item_size(DType type) { return row_of(type).size; }
std::string_view name_of(DType type) { return row_of(type).name; }

std::optional<DType> dtype_named(std::string_view name) {
  for (const DTypeRow& row : dtypes) {
    if (row.name == name) return row.type;
  }
  return {};
}

std::optional<std::uint64_t> tensor_size(DType type, std::span<const std::int64_t> shape) {
  std::uint64_t size = item_size(type);
  for (const std::int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(size, static_cast<std::uint64_t>(dimension), &size)) return {};
  }
  return size;
}

}  // namespace treino::store
