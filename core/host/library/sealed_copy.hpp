// A copy of a library that nobody can change any more.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "host/library/library_file.hpp"

namespace treino::host {

/// Anonymous memory with a name under /proc, sealed against writing, growing and shrinking. The bytes that are hashed are the
/// bytes that are loaded, whatever becomes of the file they came from.
class SealedCopy {
 public:
  /// Copies what is left to read. `name` shows in /proc/<pid>/maps. Throws FormatError.
  SealedCopy(const base::OpenedFile& file, const std::string& name);
  SealedCopy(const SealedCopy&) = delete;
  SealedCopy& operator=(const SealedCopy&) = delete;
  ~SealedCopy();
  /// The bytes of the copy itself.
  std::span<const std::byte> bytes() const { return {memory_, size_}; }
  /// By process number and not "self", so that debuggers and symbolizers find it too.
  std::filesystem::path path() const;
  /// Keeps the copy for the life of the process: dlopen knows libraries by their paths, which must not come to mean another file.
  void keep() { file_.release(); }

 private:
  base::FileDescriptor file_;
  std::size_t size_ = 0;
  const std::byte* memory_ = nullptr;
};

}  // namespace treino::host
