// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes. Other tools open what we write.
// https://github.com/huggingface/safetensors (format described in its README)
//
// The checksum. A file of ours begins, behind the 8 bytes of header length, with these 36 characters, then 32 digits:
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

enum class DType { F32, F64, I32, I64, U8, U32, U64, BOOL, F16, BF16, I8, I16, U16 };

/// Bytes of one element.
std::size_t item_size(DType type);

/// A tensor to write, or one that was read (then `bytes` points into the TensorFile).
struct StoredTensor {
  std::string name;
  DType type = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  bool early = false;  // stands before the others of its item size, so that its bytes are soon no longer needed
};

using Metadata = std::map<std::string, std::string>;

/// Durable and atomic; the tensors' bytes are not copied. Equal content gives equal files: the order of `tensors` does not
/// matter. The data begins at a multiple of 64 bytes and holds the tensors by falling item size, early ones first, then by name: the
/// format allows no holes, and so each is aligned to its own items. early_written is called once the bytes of the early ones may
/// change, before the file is on the disk. The metadata gets the checksum described above. Throws StoreError: names or
/// metadata that are not UTF-8, a name twice or "__metadata__", a shape that does not fit the bytes, metadata "treino.checksum"
/// or "treino.checksum_type", a header of more than 100 MB (the format's limit), and what AtomicFile throws.
void write_tensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors, const Metadata& metadata,
                   const std::function<void()>& early_written = {});

/// Checks what TensorFile checks, but holds only a block of the file at a time, and reads a large one from the disk. Throws
/// StoreError.
void check_tensors(const std::filesystem::path& path);

/// A file read into memory (not mapped: a file that somebody truncates must not kill the run). May be moved, not copied.
class TensorFile {
 public:
  /// Validates every offset, verifies the checksum where there is one (files of other tools have none).
  /// Throws StoreError saying which: not a safetensors file, truncated, damaged (with what is wrong), of an element type not in
  /// DType.
  explicit TensorFile(const std::filesystem::path& path);
  /// By name. The data's first byte is aligned to 64 bytes; each tensor of a file of ours to its items.
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  /// Null where there is none of that name.
  const StoredTensor* find(std::string_view name) const;
  /// Without the two entries of the checksum: what was given to write_tensors().
  const Metadata& metadata() const { return metadata_; }
  bool has_checksum() const { return has_checksum_; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::vector<StoredTensor> tensors_;
  Metadata metadata_;
  bool has_checksum_ = false;
};

class InputFile;

/// A file whose tensors are read one by one, each to where it is to be: that takes no memory for them. May be moved, not copied.
class TensorReader {
 public:
  /// Validates and verifies the whole file as TensorFile does, a block at a time. Throws StoreError likewise.
  explicit TensorReader(const std::filesystem::path& path);
  ~TensorReader();
  TensorReader(TensorReader&&) noexcept;
  TensorReader& operator=(TensorReader&&) noexcept;

  struct Entry {
    std::string name;
    DType type = DType::F32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  // bytes of the file
    std::uint64_t size() const { return end - begin; }
  };
  const std::vector<Entry>& tensors() const { return tensors_; }  // by name
  /// Null where there is none of that name.
  const Entry* find(std::string_view name) const;
  /// Without the two entries of the checksum.
  const Metadata& metadata() const { return metadata_; }
  /// `to` has the entry's size. Throws StoreError where the file has changed meanwhile and is too short.
  void read(const Entry& entry, std::span<std::byte> to) const;

 private:
  std::unique_ptr<InputFile> file_;
  std::vector<Entry> tensors_;
  Metadata metadata_;
};

}  // namespace treino::store
