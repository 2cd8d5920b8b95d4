// The members of a zip archive (PKWARE's APPNOTE), as numpy.savez writes it: stored or deflated, below 4 GiB. Nothing is believed
// that the bytes do not show: every offset is checked against the file, every member against its size and CRC-32.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shared/readers/byte_source.hpp"

namespace treino::readers {

class ZipArchive {
 public:
  /// Reads the directory. Throws std::runtime_error.
  explicit ZipArchive(std::shared_ptr<const InputFile> file);

  /// In the order of the archive.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const;
  /// The bytes of a member; reading to the end checks size and CRC-32. Throws std::runtime_error where there is none of that name.
  std::unique_ptr<ByteSource> open(const std::string& name) const;

 private:
  struct Member {
    std::string name;
    std::uint16_t flags = 0, method = 0;
    std::uint32_t checksum = 0;
    std::uint64_t packed_size = 0, size = 0, offset = 0;
  };
  [[noreturn]] void fail(const std::string& what) const;
  const Member* find(const std::string& name) const;
  /// Where the directory begins, its length and its number of members.
  struct Directory {
    std::uint64_t offset = 0, length = 0;
    std::size_t members = 0;
  };
  Directory find_directory() const;
  void read_directory(const Directory& directory);

  std::shared_ptr<const InputFile> file_;
  std::vector<Member> members_;
};

}  // namespace treino::readers
