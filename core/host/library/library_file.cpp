// Looks at a path before opening it: opening a device can have effects, and opening a FIFO can block.
#include "host/library/library_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace treino::host {
namespace {

std::string reason() { return std::generic_category().message(errno); }

const char* type_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

void require_regular(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) throw FormatError(std::string("is not a regular file but ") + type_of(status.st_mode));
}

/// Looks before it opens: opening a device can have effects, and opening a FIFO can wait permanently.
void look_at(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    struct stat link {};
    if (errno == ENOENT && lstat(path.c_str(), &link) == 0) throw FormatError("is a link to a file that does not exist");
    throw FormatError("cannot be read: " + reason());
  }
  require_regular(status);
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

int Descriptor::release() {
  const int number = number_;
  number_ = -1;
  return number;
}

LibraryFile open_library(const std::filesystem::path& path) {
  look_at(path);
  LibraryFile file{Descriptor(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)), {}};
  if (file.descriptor.get() < 0 || fstat(file.descriptor.get(), &file.status) != 0)
    throw FormatError("cannot be read: " + reason());
  require_regular(file.status);
  if (file.size() > largest_library)
    throw FormatError("is too large: " + std::to_string(file.size() >> 20) + " MiB, a plugin has at most " +
                      std::to_string(largest_library >> 20));
  return file;
}

std::size_t read_next(const LibraryFile& file, std::span<std::byte> bytes) {
  std::size_t count = 0;
  while (count < bytes.size()) {
    const ssize_t got = read(file.descriptor.get(), bytes.data() + count, bytes.size() - count);
    if (got < 0) throw FormatError("cannot be read: " + reason());
    if (got == 0) break;  // it shrinks under our hands: what is there shows as truncated
    count += static_cast<std::size_t>(got);
  }
  return count;
}

}  // namespace treino::host
