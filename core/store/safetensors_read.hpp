// Reading a safetensors file: checked as a whole, into memory at once, or one tensor after another to where it is to be.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/input_file.hpp"
#include "store/safetensors.hpp"

namespace treino::store {

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
