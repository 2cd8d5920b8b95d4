// Looks at a path before opening it, since opening a device can have effects, and again afterwards, since it may be another file by
// then.
#include "shared/readers/open_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

namespace treino::readers {

namespace {

const char* odd_kind(mode_t mode) {
  if (S_ISREG(mode)) return nullptr;
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

void refuse_odd(const std::string& path, const struct stat& status) {
  if (const char* odd = odd_kind(status.st_mode))
    throw std::runtime_error(fmt::format("{}: expected a file, found {}", path, odd));
}

[[noreturn]] void fail(const std::string& path) {
  throw std::runtime_error(fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(errno)));
}

}  // namespace

OpenFile::OpenFile(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail(path);
  refuse_odd(path, status);
  // O_NONBLOCK: should it have become a FIFO, opening it does not wait for a writer. It has no effect on regular files.
  descriptor_ = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
  if (descriptor_ < 0) fail(path);
  try {
    if (::fstat(descriptor_, &status) != 0) fail(path);
    refuse_odd(path, status);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

OpenFile::~OpenFile() { ::close(descriptor_); }

}  // namespace treino::readers
