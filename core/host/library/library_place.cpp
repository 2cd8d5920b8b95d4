// Walks from the root to the file, as the kernel would, and asks at each step who may write there.
#include "host/library/library_place.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <system_error>
#include <vector>

#include "base/file.hpp"

namespace treino::host {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as the kernel follows
constexpr const char* or_allow = ", or set allow_unsafe_paths";

bool has_trusted_owner(const struct stat& status) { return status.st_uid == 0 || status.st_uid == geteuid(); }

std::string owner_text(const struct stat& status) {
  return "belongs to user " + std::to_string(status.st_uid) + ", neither to you nor to root: chown it" + or_allow;
}

/// A group that many systems make for each user, with nobody else in it: with it, a umask of 002 lets nobody else in.
bool is_private(gid_t group) {
  const passwd* user = getpwuid(geteuid());
  if (user == nullptr || user->pw_uid == 0 || user->pw_gid != group) return false;
  const std::string name = user->pw_name;
  const struct group* entry = getgrgid(group);
  if (entry == nullptr || name != entry->gr_name) return false;
  for (char** member = entry->gr_mem; *member != nullptr; ++member)
    if (name != *member) return false;
  return true;
}

/// "is writable by everyone: chmod o-w x, or ..."; empty where only its owner may write.
std::string others_write(const struct stat& status, const fs::path& path) {
  const std::string fix = path.string() + or_allow;
  if ((status.st_mode & S_IWOTH) != 0) return "is writable by everyone: chmod o-w " + fix;
  if ((status.st_mode & S_IWGRP) != 0 && !is_private(status.st_gid))
    return "is writable by the group " + std::to_string(status.st_gid) + ": chmod g-w " + fix;
  return "";
}

/// Whoever owns a folder above the program could replace the program as well, and is trusted already (for example a container's
/// user).
bool holds_the_program(const fs::path& folder) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const std::string beginning = folder == "/" ? "/" : folder.string() + "/";
  return !error && program.string().starts_with(beginning);
}

/// From the root to the file, a step at a time, through links as the kernel follows them.
class Walk {
 public:
  explicit Walk(const fs::path& path) { push(fs::absolute(path)); }

  /// What is wrong on the way; empty where nothing is.
  std::string unsafety() {
    std::string found = folder("/");
    for (int links = 0; found.empty() && !ahead_.empty();) {
      const fs::path next = ahead_.front() == ".." ? at_.parent_path() : at_ / ahead_.front();
      ahead_.pop_front();
      struct stat status {};
      if (lstat(next.c_str(), &status) != 0) return "lies in a folder that cannot be read: " + base::reason_of(errno);
      if (S_ISLNK(status.st_mode)) {
        if (++links > most_links) return "is reached through too many links";
        found = link(next, status);
      } else if (S_ISDIR(status.st_mode)) {
        at_ = next;
        found = folder(next);
      }
    }
    return found;
  }

 private:
  void push(const fs::path& path) {
    std::deque<fs::path> parts;
    for (const fs::path& part : path.relative_path())
      if (!part.empty() && part != ".") parts.push_back(part);
    ahead_.insert(ahead_.begin(), parts.begin(), parts.end());
  }

  std::string link(const fs::path& path, const struct stat& status) {
    if (!has_trusted_owner(status)) return "is reached through the link " + path.string() + ", which " + owner_text(status);
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    if (error) return "is reached through the link " + path.string() + ", which cannot be read: " + error.message();
    if (target.is_absolute()) at_ = "/";
    push(target);
    return "";
  }

  std::string folder(const fs::path& path) const {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return "lies in a folder that cannot be read: " + base::reason_of(errno);
    const bool last = ahead_.size() == 1;
    const std::string place = last ? "lies in a folder that " : "lies below " + path.string() + ", a folder that ";
    // In a sticky folder only owners rename: what lies in it, and what it is, is looked at by itself.
    if ((status.st_mode & S_ISVTX) == 0)
      if (const std::string writers = others_write(status, path); !writers.empty()) return place + writers;
    return has_trusted_owner(status) || holds_the_program(path) ? "" : place + owner_text(status);
  }

  fs::path at_ = "/";
  std::deque<fs::path> ahead_;
};

}  // namespace

std::string unsafety_of(const struct stat& status, const fs::path& path) {
  if (std::string writers = others_write(status, path); !writers.empty()) return writers;
  return has_trusted_owner(status) ? Walk(path).unsafety() : owner_text(status);
}

}  // namespace treino::host
