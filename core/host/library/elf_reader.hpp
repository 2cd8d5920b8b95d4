// What an ELF shared library says of itself, read from its bytes without running it. Every offset that the file gives is checked
// before it is followed, since the file may be half-copied, damaged or hostile: dlopen crashes on such files.
#pragma once
#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace treino::host {

/// Why a file is no library for this host: one line that continues after the file's name ("is truncated: 5000 of 16432 bytes").
class FormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by a reader that has only the head of a file, where it was asked for what lies beyond.
class BeyondHeadError : public std::runtime_error {
 public:
  BeyondHeadError() : std::runtime_error("lies beyond the part of the file that was read") {}
};

/// A view of the bytes, which must outlive it and all that it returns.
class ElfReader {
 public:
  /// Throws FormatError where the bytes are not a whole 64-bit shared library for this machine.
  explicit ElfReader(std::span<const std::byte> file) : ElfReader(file, file.size()) {}
  /// The same with only the first bytes of a file of `size`: whatever needs more throws BeyondHeadError.
  ElfReader(std::span<const std::byte> head, std::uint64_t size);

  /// The first `size` bytes at a virtual address, as they are before relocation.
  std::span<const std::byte> image(std::uint64_t address, std::uint64_t size) const;
  /// The rest of the segment from a virtual address on.
  std::span<const std::byte> image_from(std::uint64_t address) const;
  /// A part of the file. All three throw FormatError where what they are asked for is not there.
  std::span<const std::byte> slice(std::uint64_t offset, std::uint64_t size) const;
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }

 private:
  void check_header();
  void check_completeness() const;

  std::span<const std::byte> file_;  // the head of it at least
  std::uint64_t size_;               // of the whole
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
};

}  // namespace treino::host
