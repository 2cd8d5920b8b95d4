// Says of each file that cannot be a plugin why.
#include "host/library/library_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace treino::host {
namespace {

[[noreturn]] void fail_reading(int error) { throw FormatError("cannot be read: " + base::reason_of(error)); }

}  // namespace

base::OpenedFile open_library(const std::filesystem::path& path) {
  base::OpenedFile file = base::open_regular(path);
  if (!file.odd.empty()) throw FormatError("is not a regular file but " + file.odd);
  struct stat link {};
  if (file.error == ENOENT && lstat(path.c_str(), &link) == 0) throw FormatError("is a link to a file that does not exist");
  if (!file) fail_reading(file.error);
  if (file.size() > largest_library)
    throw FormatError("is too large: " + std::to_string(file.size() >> 20) + " MiB, a plugin has at most " +
                      std::to_string(largest_library >> 20));
  return file;
}

std::size_t read_next(const base::OpenedFile& file, std::span<std::byte> bytes) {
  std::size_t count = 0;
  while (count < bytes.size()) {
    const auto rest = bytes.subspan(count);
    const ssize_t got = base::uninterrupted([&] { return read(file.descriptor.get(), rest.data(), rest.size()); });
    if (got < 0) fail_reading(errno);
    if (got == 0) break;  // it shrinks under our hands: what is there shows as truncated
    count += static_cast<std::size_t>(got);
  }
  return count;
}

}  // namespace treino::host
