// A temporary file is left over when nobody holds its lock; a process number would tell nothing across containers and hosts.
#include "store/leftovers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <memory>
#include <vector>

#include "store/atomic_file.hpp"
#include "store/store_error.hpp"
#include "store/temporary_name.hpp"

namespace treino::store {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

std::vector<std::string> names_in(const std::filesystem::path& path, const base::FileDescriptor& folder) {
  // Another description of the same folder, since the listing takes the descriptor it is given for its own.
  base::FileDescriptor own(openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseFolder> listing(fdopendir(own.get()));
  if (!listing) fail(path, "its folder cannot be listed", errno);
  own.release();
  std::vector<std::string> names;
  while (const dirent* entry = readdir(listing.get())) names.emplace_back(entry->d_name);
  return names;
}

/// True if no living process holds it. Whatever cannot be opened or locked counts as alive.
bool is_abandoned(const base::FileDescriptor& folder, const std::string& name, base::FileDescriptor& lock) {
  lock = base::FileDescriptor(
      base::uninterrupted([&] { return openat(folder.get(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); }));
  struct stat status {};
  return lock && fstat(lock.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         base::uninterrupted([&] { return flock(lock.get(), LOCK_EX | LOCK_NB); }) == 0;
}

}  // namespace

void remove_leftovers(const std::filesystem::path& path) {
  const std::filesystem::path target = behind_links(path);
  const base::FileDescriptor folder = open_folder(target.parent_path());
  if (!folder && errno == ENOENT) return;
  if (!folder) fail(path, "the folder \"" + target.parent_path().string() + "\" cannot be opened", errno);
  for (const std::string& name : names_in(path, folder)) {
    base::FileDescriptor lock;  // held until the name is gone
    if (!is_temporary_name(name, target.filename()) || !is_abandoned(folder, name, lock)) continue;
    if (unlinkat(folder.get(), name.c_str(), 0) != 0 && errno != ENOENT) fail(path, "\"" + name + "\" cannot be removed", errno);
  }
}

}  // namespace treino::store
