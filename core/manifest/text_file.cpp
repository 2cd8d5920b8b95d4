// A path may be a folder, a FIFO or a device; each is refused in words, and none may block the program.
#include "manifest/text_file.hpp"

#include <fmt/format.h>

#include "base/file.hpp"

namespace treino::manifest {
namespace {

std::string not_a_file(const std::string& odd) { return odd.empty() ? "" : "is " + odd + ", not a file"; }

std::string reason(int error) { return error == ENOENT ? "does not exist" : "cannot be read: " + base::reason_of(error); }

/// Reads all; the reason why not otherwise.
std::string read_all(const base::FileDescriptor& descriptor, std::size_t most, std::string& text) {
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = base::uninterrupted([&] { return ::read(descriptor.get(), buffer, sizeof buffer); });
    if (count < 0) return reason(errno);
    if (count == 0) return "";
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > most) return fmt::format("is larger than {} MiB, too large for a manifest", most >> 20);
  }
}

}  // namespace

std::optional<std::string> read_text_file(const std::filesystem::path& file, std::size_t most, const Location& location,
                                          Faults& faults) {
  const base::OpenedFile opened = base::open_regular(file);
  std::string text, fault = not_a_file(opened.odd);
  if (fault.empty()) fault = opened ? read_all(opened.descriptor, most, text) : reason(opened.error);
  if (fault.empty()) return text;
  faults.add(location, "the manifest " + fault);
  return std::nullopt;
}

std::string why_unreadable(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return reason(errno);
  const std::string odd = S_ISDIR(status.st_mode) ? "" : base::odd_kind(status.st_mode);
  if (!odd.empty()) return not_a_file(odd);
  return access(file.c_str(), R_OK) == 0 ? "" : reason(errno);
}

}  // namespace treino::manifest
