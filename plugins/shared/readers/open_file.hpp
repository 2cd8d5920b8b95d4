// A regular file that is open for reading: a FIFO without a writer does not hang its reader, and nothing is done to a device.
#pragma once
#include <cerrno>
#include <cstdint>
#include <string>

namespace treino::readers {

/// Repeats a system call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

class OpenFile {
 public:
  /// Throws std::runtime_error "path: why" for what is missing, unreadable or no regular file.
  explicit OpenFile(const std::string& path);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  std::uint64_t size() const { return size_; }  // when it was opened

 private:
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace treino::readers
