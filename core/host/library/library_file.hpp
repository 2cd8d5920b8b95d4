// Reading the bytes of a file that claims to be a plugin library: never blocks, never trusts.
#pragma once
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "host/library/elf_reader.hpp"

namespace treino::host {

inline constexpr std::uint64_t largest_library = std::uint64_t{256} << 20;

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  int get() const { return number_; }
  /// From here on it stays open for the life of the process.
  int release();

 private:
  int number_;
};

/// A regular file of at most `largest_library`, open for reading.
struct LibraryFile {
  Descriptor descriptor;
  struct stat status;
  std::uint64_t size() const { return static_cast<std::uint64_t>(status.st_size); }
};

/// Throws FormatError.
LibraryFile open_library(const std::filesystem::path& path);
/// The next bytes: fewer than asked for only where the file ends. Throws FormatError.
std::size_t read_next(const LibraryFile& file, std::span<std::byte> bytes);

}  // namespace treino::host
