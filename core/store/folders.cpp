// A folder is durable only once the folder above it has been synced.
#include "store/folders.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "store/atomic_file.hpp"
#include "store/store_error.hpp"
#include "store/temporary_name.hpp"

namespace treino::store {

bool create_folders(const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored)) return false;
  if (!path.has_filename()) return create_folders(path.parent_path());  // "folder/"
  create_folders(path.parent_path());
  if (mkdir(path.c_str(), 0777) != 0) {
    const int error = errno;
    if (error == EEXIST && std::filesystem::is_directory(path, ignored)) return false;
    fail(path, "the folder cannot be made", error == EEXIST ? ENOTDIR : error);
  }
  const base::FileDescriptor above = open_folder(path.parent_path());
  // Not every folder may be read, nor every file system synced; the new one is there all the same.
  if (above) base::uninterrupted([&] { return fsync(above.get()); });
  return true;
}

}  // namespace treino::store
