// Bytes of a file, read forward, whatever they are packed in. Files are read, never mapped: a file that shrinks under a map
// kills the process, one that shrinks under read() is a short read. Mapping would make loading 1 % faster for CSV and bytes and
// 7 % for floats that are used as they are.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "shared/readers/open_file.hpp"

namespace treino::readers {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Fills `bytes` from the front and returns how many it put there: fewer than asked for at the end only. Throws std::runtime_error.
  virtual std::size_t read(std::span<char> bytes) = 0;
  /// How many bytes a reader may set memory aside for before it has seen them: never more than a small multiple of the file.
  virtual std::uint64_t backed() const = 0;
};

/// A regular file, open for reading.
class InputFile {
 public:
  /// Throws std::runtime_error for what is missing, unreadable or no regular file; a FIFO without a writer does not hang it.
  explicit InputFile(const std::string& path);

  /// Bytes from `offset` on; fewer than asked for at the end of the file only.
  std::size_t read_at(std::uint64_t offset, std::span<char> bytes) const;
  std::uint64_t size() const { return file_.size(); }  // when it was opened
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  OpenFile file_;
};

/// A part of a file as it stands, or all of it.
class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(std::shared_ptr<const InputFile> file, std::uint64_t offset = 0);
  FileBytes(std::shared_ptr<const InputFile> file, std::uint64_t offset, std::uint64_t length);
  std::size_t read(std::span<char> bytes) override;
  std::uint64_t backed() const override;

 private:
  std::shared_ptr<const InputFile> file_;
  std::uint64_t offset_, end_;
};

/// Whether its content is gzip's, whatever its name.
bool is_gzip(const InputFile& file);
/// The bytes of `file` from `offset` on, inflated where they are gzip's: then all before are inflated too.
std::unique_ptr<ByteSource> open_bytes(std::shared_ptr<const InputFile> file, std::uint64_t offset = 0);

}  // namespace treino::readers
