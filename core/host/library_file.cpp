#include "host/library_file.hpp"

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

void require_regular(const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) throw Refusal(std::string("is not a regular file but ") + type_of(facts.st_mode));
}

/// Looks before it opens: opening a device can have effects, and opening a FIFO can wait for ever.
void look_at(const std::filesystem::path& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) {
    struct stat link {};
    if (errno == ENOENT && lstat(path.c_str(), &link) == 0) throw Refusal("is a link to a file that does not exist");
    throw Refusal("cannot be read: " + reason());
  }
  require_regular(facts);
}

bool has_trusted_owner(const struct stat& facts) { return facts.st_uid == 0 || facts.st_uid == geteuid(); }

std::string owner_text(const struct stat& facts) {
  return "belongs to user " + std::to_string(facts.st_uid) + ", neither to you nor to root: chown it, or set allow_unsafe_paths";
}

/// Whoever may write a folder may put another file in the place of ours, unless the sticky bit is set (as on /tmp).
std::string unsafety_of_folder(const std::filesystem::path& folder) {
  struct stat facts {};
  if (stat(folder.c_str(), &facts) != 0) return "lies in a folder that cannot be read: " + reason();
  if ((facts.st_mode & S_IWOTH) != 0 && (facts.st_mode & S_ISVTX) == 0)
    return "lies in a folder that is writable by everyone: chmod o-w " + folder.string() + ", or set allow_unsafe_paths";
  return has_trusted_owner(facts) ? "" : "lies in a folder that " + owner_text(facts);
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
  if (file.descriptor.get() < 0 || fstat(file.descriptor.get(), &file.facts) != 0) throw Refusal("cannot be read: " + reason());
  require_regular(file.facts);
  if (file.size() > largest_library)
    throw Refusal("is too large: " + std::to_string(file.size() >> 20) + " MiB, a plugin has at most " +
                  std::to_string(largest_library >> 20));
  return file;
}

std::string unsafety_of(const LibraryFile& file, const std::filesystem::path& path) {
  if ((file.facts.st_mode & S_IWOTH) != 0)
    return "is writable by everyone: chmod o-w " + path.string() + ", or set allow_unsafe_paths";
  if (!has_trusted_owner(file.facts)) return owner_text(file.facts);
  std::error_code error;
  const auto named = std::filesystem::absolute(path, error).parent_path();
  const auto real = std::filesystem::canonical(path, error).parent_path();
  const std::string unsafety = unsafety_of_folder(named);
  return unsafety.empty() && real != named ? unsafety_of_folder(real) : unsafety;
}

std::size_t read_next(const LibraryFile& file, std::span<std::byte> bytes) {
  std::size_t count = 0;
  while (count < bytes.size()) {
    const ssize_t got = read(file.descriptor.get(), bytes.data() + count, bytes.size() - count);
    if (got < 0) throw Refusal("cannot be read: " + reason());
    if (got == 0) break;  // it shrinks under our hands: what is there shows as truncated
    count += static_cast<std::size_t>(got);
  }
  return count;
}

}  // namespace treino::host
