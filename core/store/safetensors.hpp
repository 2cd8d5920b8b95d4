// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes. Other tools open what we write.
// https://github.com/huggingface/safetensors (format described in its README)
//
// The checksum. A file of ours begins, after the 8 bytes of header length, with these 36 characters, then 32 digits:
//   {"__metadata__":{"treino.checksum":"0123456789abcdef0123456789abcdef","treino.checksum_type":"XXH3-128", ...
// The digits are the XXH3-128 (seed 0, as `xxhsum -H2` prints it) of the whole file with '0' in the place of the 32 digits. So
// every byte is covered. Damage to the key itself cannot make it pass for a file without a checksum: "treino.checksum_type"
// demands one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/atomic_file.hpp"

namespace treino::store {

/// What is wrong, without the file's name.
class FormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class DType { F32, F64, I32, I64, U8, U32, U64, BOOL, F16, BF16, I8, I16, U16 };

/// Bytes of one element.
std::size_t item_size(DType type);

/// Bytes of a tensor; nothing where a dimension is negative or the product does not fit 64 bits.
std::optional<std::uint64_t> tensor_size(DType type, std::span<const std::int64_t> shape);
std::string_view name_of(DType type);
std::optional<DType> dtype_named(std::string_view name);

/// A tensor to write, or one that was read (then `bytes` points into the TensorFile).
struct StoredTensor {
  std::string name;
  DType type = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  bool early = false;  // stands before the others of its item size, so that its bytes are soon no longer needed
};

using Metadata = std::map<std::string, std::string>;

}  // namespace treino::store
