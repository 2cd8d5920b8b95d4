// Looks at a path before opening it, since opening a device can have effects, and again afterwards, since it may be another file by
// then.
#include "base/file.hpp"

#include <fcntl.h>

#include <system_error>

namespace treino::base {

std::string reason_of(int error) { return std::generic_category().message(error); }

std::string odd_kind(mode_t mode) {
  if (S_ISREG(mode)) return "";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

OpenedFile open_regular(const std::filesystem::path& path, int flags) {
  OpenedFile file;
  const auto fail = [&] {
    file.error = errno;
    file.descriptor.close();
    return std::move(file);
  };
  if (::stat(path.c_str(), &file.status) != 0) return fail();
  if (file.odd = odd_kind(file.status.st_mode); !file.odd.empty()) return file;
  // O_NONBLOCK: should it have become a FIFO, opening it does not wait for a writer. It has no effect on regular files.
  const int all = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags;
  file.descriptor = FileDescriptor(uninterrupted([&] { return ::open(path.c_str(), all); }));
  if (!file.descriptor || ::fstat(file.descriptor.get(), &file.status) != 0) return fail();
  if (file.odd = odd_kind(file.status.st_mode); !file.odd.empty()) file.descriptor.close();
  return file;
}

}  // namespace treino::base
