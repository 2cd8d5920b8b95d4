// A file of a plugin's own that a full disk never damages: what is appended is there whole or not at all, and durable when sync()
// returns. It waits for the disk: on a worker's thread (treino/kit/worker.hpp), or before and after training. POSIX.
//
// Devices, FIFOs and sockets are refused: opening one can hang, and writing to one does things.
//
//   void keep_rows(const std::string& path) {
//     treino::DurableFile rows(path, O_RDWR | O_CREAT | O_APPEND);
//     rows.append("3,0.25\n");           // whole, and on the disk
//     rows.append("4,0.125\n", false);   // whole
//     rows.sync();                       // and on the disk
//   }
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace treino {
inline namespace sdk0 {

namespace detail {

[[noreturn]] inline void fail_with(const std::string& path, int error) {
  throw std::runtime_error(path + ": " + std::strerror(error));
}

/// Throws where `path` names something that is there and is neither a regular file nor, with `folder`, a folder. Looked at
/// before it is opened, since opening a device can do things.
inline void refuse_odd(const std::string& path, mode_t mode, bool folder = false) {
  if (folder ? S_ISDIR(mode) : S_ISREG(mode)) return;
  const char* kind = S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
  throw std::runtime_error(path + ": expected " + (folder ? "a folder" : "a file") + ", found " +
                           (S_ISREG(mode) ? "a file" : kind));
}

}  // namespace detail

/// An open file; closed at the end, durable only after sync(). Failures throw std::runtime_error with the path and the system's
/// text.
class DurableFile {
 public:
  /// `flags` as of open(2).
  DurableFile(std::string path, int flags) : path_(std::move(path)) {
    struct stat facts {};
    const bool folder = (flags & O_DIRECTORY) != 0;
    if (::stat(path_.c_str(), &facts) == 0) detail::refuse_odd(path_, facts.st_mode, folder);
    // Should it become a FIFO in between, non-blocking keeps open() from waiting. For files it changes nothing.
    descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (descriptor_ < 0) fail();
    try {
      if (::fstat(descriptor_, &facts) != 0) fail();
      detail::refuse_odd(path_, facts.st_mode, folder);
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
  }
  /// Takes over an open descriptor.
  DurableFile(std::string path, int descriptor, std::nullptr_t) : path_(std::move(path)), descriptor_(descriptor) {}
  DurableFile(DurableFile&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  DurableFile& operator=(DurableFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~DurableFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(descriptor_, text.data() + done, text.size() - done);
      if (count < 0 && errno != EINTR) fail();
      if (count > 0) done += static_cast<std::size_t>(count);
    }
  }
  /// At the end of the file, and durable unless told otherwise; where that fails, the file is cut back to what it was.
  void append(const std::string& text, bool durably = true) {
    const std::uint64_t before = size();
    try {
      write(text);
      if (durably) sync();
    } catch (...) {
      cut(before);
      throw;
    }
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail();
  }
  void cut(std::uint64_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail();
  }
  std::uint64_t size() const { return static_cast<std::uint64_t>(facts().st_size); }
  /// `size` bytes from `offset` on; fewer where the file ends before.
  std::string read(std::uint64_t offset, std::size_t size) const {
    std::string text(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = ::pread(descriptor_, text.data() + done, size - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno != EINTR) fail();
      if (count == 0) break;
      if (count > 0) done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
  }
  const std::string& path() const { return path_; }
  struct stat facts() const {
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0) fail();
    return found;
  }
  int descriptor() const { return descriptor_; }

 private:
  [[noreturn]] void fail() const { detail::fail_with(path_, errno); }
  std::string path_;
  int descriptor_ = -1;
};

/// The whole content of a regular file of at most `most` bytes.
inline std::string read_file(const std::string& path, std::uint64_t most = std::uint64_t{1} << 34) {
  const DurableFile file(path, O_RDONLY);
  const std::uint64_t size = file.size();
  const auto refuse = [&] { throw std::runtime_error(path + ": is longer than " + std::to_string(most) + " bytes"); };
  if (size > most) refuse();
  std::string text = file.read(0, static_cast<std::size_t>(size));
  // Files of /proc say 0, and a file may have grown.
  for (std::string more; !(more = file.read(text.size(), std::size_t{1} << 16)).empty();)
    if ((text += more).size() > most) refuse();
  return text;
}

}  // namespace sdk0
}  // namespace treino
