// Files of a plugin's own that a kill or a full disk never damages: whole before and after each change, durable when a call
// returns. All of it waits for the disk: on a worker's thread (treino/worker.hpp), or before and after training. POSIX.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

namespace treino {
inline namespace sdk0 {

/// An open file; closed at the end, durable only after sync(). Failures throw std::runtime_error with the path and the system's
/// text.
class DurableFile {
 public:
  /// `flags` as of open(2).
  DurableFile(std::string path, int flags) : path_(std::move(path)), descriptor_(::open(path_.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail();
  }
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
  std::uint64_t size() const {
    struct stat facts {};
    if (::fstat(descriptor_, &facts) != 0) fail();
    return static_cast<std::uint64_t>(facts.st_size);
  }
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

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(path_ + ": " + std::strerror(errno)); }
  std::string path_;
  int descriptor_;
};

/// Gives a file that has been written beside `path` its name, durably.
inline void put_in_place(const std::string& fresh, const std::string& path) {
  if (::rename(fresh.c_str(), path.c_str()) != 0) throw std::runtime_error(path + ": " + std::strerror(errno));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  DurableFile(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY).sync();
}

/// The whole file at once: whoever looks sees the old one or the new one. Where it fails, the old one stays and nothing beside
/// it.
inline void replace_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  try {
    DurableFile file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(text);
    file.sync();
    put_in_place(fresh, path);
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace sdk0
}  // namespace treino
