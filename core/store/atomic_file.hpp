// Files that are whole or not there: temporary name in the same folder, fsync, rename, fsync of the folder.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "store/block.hpp"

namespace treino::store {

/// A file that appears under its name only when commit() succeeds; without commit the temporary one is removed.
///
/// A link is followed: its target is replaced and the link stays, so results may be linked to another disk. Hard links to the old
/// file keep the old content. The new file has the permissions of the old one and, as far as the system lets us, its owner; else
/// those the umask leaves. A link of somebody else's in a folder that everybody may write to is refused. Folders are not
/// created. What exists and is no regular file (a folder, /dev/null) is refused. Of two writers of one name, the last to commit
/// wins whole. The folder is held open: changing the working folder meanwhile does no harm.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);  // throws StoreError
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  /// Throws StoreError, and gives the file up: commit() then throws too.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Throws StoreError; the old file of that name, if any, is then still whole. (One exception, which the text names: the last
  /// step, the folder's fsync, fails. Then the new file is in place, but may be gone after a power cut.)
  void commit();

 private:
  void make_temporary();
  void flush();
  void go_through_cache();
  void require_open() const;
  bool keep_owner_and_permissions();
  void discard();
  [[noreturn]] void give_up(std::string_view what);

  std::filesystem::path path_;    // as the caller named it, for messages
  std::string name_, temporary_;  // both inside folder_
  struct Old {
    unsigned permissions;
    uid_t user;
    gid_t group;
  };
  std::optional<Old> old_;  // of the file that is replaced
  base::FileDescriptor folder_, descriptor_;
  Block block_;  // whole ones pass by the cache, where that can be
  std::size_t filled_ = 0;
  bool asked_ = false, passes_by_cache_ = false;
};

void write_durably(const std::filesystem::path& path, std::string_view content);

}  // namespace treino::store
