// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes. Other tools open what we write.
// https://github.com/huggingface/safetensors (format described in its README)
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "store/atomic_file.hpp"

namespace treino::store {

enum class DType { F32, F64, I32, I64, U8, U32, U64, BOOL, F16, BF16, I8, I16, U16 };

/// A tensor to write, or one that was read (then `bytes` points into the TensorFile).
struct StoredTensor {
  std::string name;
  DType type = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

using Metadata = std::map<std::string, std::string>;

/// Durable and atomic. The metadata gets "treino.checksum": XXH3-128 in hex over the tensors' bytes and the rest of the header, so that
/// damage anywhere is seen. Tensors are aligned to 64 bytes. Throws StoreError.
void write_tensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors, const Metadata& metadata);

class TensorFile {
 public:
  /// Memory-maps or reads, validates every offset, verifies the checksum where there is one (files of other tools have none).
  /// Throws StoreError saying which: not safetensors, truncated, damaged (checksum), overlapping.
  explicit TensorFile(const std::filesystem::path& path);
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  const StoredTensor* find(std::string_view name) const;
  const Metadata& metadata() const { return metadata_; }
  bool has_checksum() const { return has_checksum_; }

 private:
  std::string content_;
  std::vector<StoredTensor> tensors_;
  Metadata metadata_;
  bool has_checksum_ = false;
};

/// SHA-256 of bytes, in hex (OpenSSL).
std::string sha256(std::span<const std::byte> bytes);

}  // namespace treino::store
