// A descriptor that closes itself, and regular files opened for reading: whoever reads a file that somebody names opens it here, so
// that none waits for a FIFO's writer or has an effect on a device.
#pragma once
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace treino::base {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() { close(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// For whoever closes it from now on, or keeps it open.
  int release() { return std::exchange(number_, -1); }
  /// Errors of close() are not looked at: whoever needs the bytes on disk has called fsync() before.
  void close() {
    if (number_ >= 0) ::close(release());
  }

 private:
  int number_ = -1;
};

/// Repeats a system call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// The system's text for an errno: "No such file or directory".
std::string reason_of(int error);

/// What is there in place of a regular file: "a folder", "a FIFO", "a socket" or "a device"; "" for a regular file.
std::string odd_kind(mode_t mode);

/// A regular file that is open for reading, or why there is none. Each reader has a sentence of its own for that.
struct OpenedFile {
  FileDescriptor descriptor;  // empty where one of the last two says why
  struct stat status {};      // of what was found
  std::string odd;            // what is there in place of a regular file
  int error = 0;              // errno: nothing is there, or it cannot be opened

  explicit operator bool() const { return static_cast<bool>(descriptor); }
  std::uint64_t size() const { return static_cast<std::uint64_t>(status.st_size); }  // bytes, when it was opened
};

/// `flags`: further ones of open(), such as O_NOFOLLOW.
OpenedFile open_regular(const std::filesystem::path& path, int flags = 0);

}  // namespace treino::base
