// Names that nobody can guess, beside the file that they will become: where links lead, as the kernel would follow them.
#include "store/temporary_name.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include "store/store_error.hpp"

namespace treino::store {

namespace {

constexpr std::string_view suffix = ".tmp";
constexpr std::size_t longest_stem = 180;  // so that every name a file system takes (255 bytes) has a temporary one it takes too

std::string temporary_prefix(const std::string& name) { return "." + name.substr(0, longest_stem) + ".treino-"; }

/// As the kernel sees it: a link in a sticky folder that everybody may write to, of neither ours nor the folder's owner.
bool is_planted(const std::filesystem::path& link) {
  const std::filesystem::path parent = link.has_parent_path() ? link.parent_path() : ".";
  struct stat own {
  }, folder{};
  if (lstat(link.c_str(), &own) != 0 || stat(parent.c_str(), &folder) != 0) return false;
  const bool shared = (folder.st_mode & S_ISVTX) != 0 && (folder.st_mode & S_IWOTH) != 0;
  return shared && own.st_uid != geteuid() && own.st_uid != folder.st_uid;
}

}  // namespace

std::filesystem::path behind_links(const std::filesystem::path& path) {
  constexpr int most_links = 40;  // as the kernel's
  std::filesystem::path target = path;
  for (int links = 0;; ++links) {
    if (target.native().find('\0') != std::string::npos || !target.has_filename()) {
      throw StoreError(std::string(path.c_str()) + ": does not name a file");  // c_str: a NUL would cut the text
    }
    std::error_code no_link;
    const std::filesystem::path next = std::filesystem::read_symlink(target, no_link);
    if (no_link) return target;  // what else is wrong with it is said by whoever opens it
    if (links == most_links) fail(path, "leads nowhere", ELOOP);
    if (is_planted(target)) throw StoreError(path.string() + ": is somebody else's link in a folder that everybody may write to");
    target = target.parent_path() / next;
  }
}

base::FileDescriptor open_folder(const std::filesystem::path& folder) {
  const std::filesystem::path name = folder.empty() ? "." : folder;
  return base::FileDescriptor(base::uninterrupted([&] { return open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

std::string temporary_name(const std::string& name) {
  std::uint64_t digits = 0;
  if (getrandom(&digits, sizeof digits, 0) != static_cast<ssize_t>(sizeof digits))
    fail(name, "no random name can be drawn", errno);
  return fmt::format("{}{}-{:016x}{}", temporary_prefix(name), getpid(), digits, suffix);
}

bool is_temporary_name(std::string_view candidate, const std::string& name) {
  const std::string prefix = temporary_prefix(name);
  if (!candidate.starts_with(prefix) || !candidate.ends_with(suffix)) return false;
  candidate.remove_prefix(prefix.size());
  return candidate.find_first_not_of("0123456789abcdef-") == candidate.size() - suffix.size();
}

}  // namespace treino::store
