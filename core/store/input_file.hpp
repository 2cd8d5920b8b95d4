// A regular file, opened for reading.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "base/file.hpp"

namespace treino::store {

class InputFile {
 public:
  /// Throws StoreError; also for folders, FIFOs (it does not wait for a writer) and devices.
  explicit InputFile(std::filesystem::path path);
  const std::filesystem::path& path() const { return path_; }
  /// As it was when the file was opened.
  std::uint64_t size() const { return size_; }
  /// At most bytes.size(); 0 only at the end. Throws StoreError.
  std::size_t read_some(std::span<std::byte> bytes);
  /// Throws StoreError "truncated" where the file ends before.
  void read(std::span<std::byte> bytes);
  /// The rest of the file in pieces, past the system's cache where it is large and that can be: then it is what the disk has.
  /// Throws StoreError.
  void read_rest(const std::function<void(std::span<const std::byte>)>& take);
  /// From a place of the file, through the system's cache; where the other functions continue does not change. Throws StoreError
  /// "truncated" where the file ends before.
  void read_at(std::uint64_t place, std::span<std::byte> bytes);

 private:
  [[noreturn]] void truncated(std::uint64_t missing);

  std::filesystem::path path_;
  base::FileDescriptor descriptor_;
  std::uint64_t size_ = 0, read_ = 0;  // bytes
};

/// Whole content; throws StoreError (also for what is no regular file, or longer than `limit`).
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{1} << 40);

/// The same, empty where nothing can be read.
std::string content_or_empty(const std::filesystem::path& path);

}  // namespace treino::store
