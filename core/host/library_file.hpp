// Reading the bytes of a file that claims to be a plugin library: never blocks, never trusts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "host/elf_reader.hpp"

namespace treino::host {

inline constexpr std::uint64_t largest_library = std::uint64_t{256} << 20;

struct LibraryFile {
  std::vector<std::byte> bytes;
  std::string unsafe;  // why strangers could have written it, in one line; empty where they could not
};

/// All bytes of a regular file of at most `largest_library`. Throws Refusal.
LibraryFile read_library(const std::filesystem::path& path);

struct LibraryHead {
  std::vector<std::byte> bytes;
  std::uint64_t size = 0;  // of the whole file
};

/// The first `count` bytes, by the same rules; all of them where it is shorter.
LibraryHead read_library_head(const std::filesystem::path& path, std::size_t count);

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

}  // namespace treino::host
