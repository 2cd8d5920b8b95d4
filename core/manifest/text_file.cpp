// A path may be a folder, a FIFO or a device; each is refused in words, and none may block the program.
#include "manifest/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace treino::manifest {
namespace {

std::string kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "";
  if (S_ISDIR(mode)) return "is a folder, not a file";
  if (S_ISFIFO(mode)) return "is a pipe, not a file";
  return "is a device or a socket, not a file";
}

std::string reason(int error) {
  return error == ENOENT ? "does not exist" : std::string("cannot be read: ") + std::strerror(error);
}

/// Reads all; the reason why not otherwise.
std::string read_all(int descriptor, std::size_t most, std::string& text) {
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return reason(errno);
    if (count == 0) return "";
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > most) return fmt::format("is larger than {} MiB, too large for a manifest", most >> 20);
  }
}

std::string read_regular(int descriptor, std::size_t most, std::string& text) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return reason(errno);
  const std::string wrong_kind = kind_of(status.st_mode);
  return wrong_kind.empty() ? read_all(descriptor, most, text) : wrong_kind;
}

}  // namespace

std::optional<std::string> read_text_file(const std::filesystem::path& file, std::size_t most, const Location& location,
                                          Faults& faults) {
  // Without O_NONBLOCK the open itself would wait for a FIFO's writer.
  const int descriptor = open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  std::string text;
  const std::string fault = descriptor < 0 ? reason(errno) : read_regular(descriptor, most, text);
  if (descriptor >= 0) close(descriptor);
  if (fault.empty()) return text;
  faults.add(location, "the manifest " + fault);
  return std::nullopt;
}

std::string why_unreadable(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return reason(errno);
  const std::string wrong_kind = kind_of(status.st_mode);
  if (!wrong_kind.empty()) return wrong_kind;
  return access(file.c_str(), R_OK) == 0 ? "" : reason(errno);
}

}  // namespace treino::manifest
