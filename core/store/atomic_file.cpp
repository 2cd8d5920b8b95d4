// Writes beside the target, syncs, and renames: at no time does the name stand for half a file.
#include "store/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "store/store_error.hpp"
#include "store/temporary_name.hpp"

namespace treino::store {

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  const std::filesystem::path target = behind_links(path_);
  name_ = target.filename();
  folder_ = open_folder(target.parent_path());
  if (!folder_) fail(path_, "the folder \"" + target.parent_path().string() + "\" cannot be opened", errno);

  struct stat old {};
  if (fstatat(folder_.get(), name_.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0) {
    // Renaming onto a device would replace it: as root, /dev/null would become a plain file.
    if (!S_ISREG(old.st_mode)) throw StoreError(path_.string() + ": exists and is not a regular file");
    old_ = Old{old.st_mode & 0777, old.st_uid, old.st_gid};
  } else if (errno != ENOENT) {
    fail(path_, "cannot be looked up", errno);
  }
  make_temporary();
}

// The lock tells remove_leftovers() that the writer lives; a process number could not: it comes back, and means another process
// in another container or on another host. The lock can be taken only after the file is there, so a cleaner may come between:
// then make another one.
void AtomicFile::make_temporary() {
  for (;;) {
    temporary_ = temporary_name(name_);
    // While a private file is written again, nobody else may read along.
    const mode_t mode = old_ ? 0600 : 0666;
    descriptor_ = base::FileDescriptor(base::uninterrupted(
        [&] { return openat(folder_.get(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode); }));
    if (!descriptor_) fail(path_, "its temporary file cannot be made", errno);

    const int locked = base::uninterrupted([this] { return flock(descriptor_.get(), LOCK_EX | LOCK_NB); });
    const bool cleaner_holds_it = locked != 0 && errno == EWOULDBLOCK;
    struct stat status {};
    const bool cleaner_removed_it = fstat(descriptor_.get(), &status) == 0 && status.st_nlink == 0;
    // A file system without locks fails otherwise, and for the cleaner too, which then removes nothing.
    if (!cleaner_holds_it && !cleaner_removed_it) return;
    discard();
  }
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
  if (!descriptor_) return;
  unlinkat(folder_.get(), temporary_.c_str(), 0);
  descriptor_.close();
}

void AtomicFile::give_up(std::string_view what) {
  const int error = errno;
  discard();
  fail(path_, what, error);
}

void AtomicFile::require_open() const {
  if (!descriptor_) throw StoreError(path_.string() + ": was committed already, or given up after an error");
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  require_open();
  if (!block_) block_ = make_block();
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), block_size - filled_);
    std::memcpy(block_.get() + filled_, bytes.data(), size);
    bytes = bytes.subspan(size);
    filled_ += size;
    if (filled_ < block_size) return;
    if (!asked_) passes_by_cache_ = pass_by_cache(descriptor_.get());
    asked_ = true;
    flush();
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::flush() {
  for (std::size_t done = 0; done < filled_;) {
    const auto written = base::uninterrupted([&] { return ::write(descriptor_.get(), block_.get() + done, filled_ - done); });
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno == EINVAL && passes_by_cache_) {  // also for the rest of a block that was not written whole
      go_through_cache();
    } else {
      give_up("cannot be written");
    }
  }
  filled_ = 0;
}

void AtomicFile::go_through_cache() {
  if (passes_by_cache_) use_cache(descriptor_.get());
  passes_by_cache_ = false;
}

/// Where the group cannot be kept, the new one gets no more than everybody has.
bool AtomicFile::keep_owner_and_permissions() {
  struct stat now {};
  if (fstat(descriptor_.get(), &now) != 0) return false;
  unsigned permissions = old_->permissions;
  const bool same = now.st_uid == old_->user && now.st_gid == old_->group;
  const bool kept = same || fchown(descriptor_.get(), old_->user, old_->group) == 0 || now.st_gid == old_->group ||
                    fchown(descriptor_.get(), static_cast<uid_t>(-1), old_->group) == 0;
  if (!kept) permissions &= ~070u | (permissions & 07u) << 3;
  return fchmod(descriptor_.get(), permissions) == 0;
}

void AtomicFile::commit() {
  require_open();
  go_through_cache();  // the last block has no round size
  flush();
  if (old_ && !keep_owner_and_permissions()) give_up("cannot be given the old file's permissions");
  if (base::uninterrupted([this] { return fsync(descriptor_.get()); }) != 0) give_up("cannot be brought to the disk");
  if (renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) give_up("cannot be put in place");
  descriptor_.close();
  // EINVAL: a file system that cannot sync folders (some network and FUSE ones) and has nothing to be asked for.
  if (base::uninterrupted([this] { return fsync(folder_.get()); }) != 0 && errno != EINVAL) {
    fail(path_, "is in place, but may not survive a power cut: its folder cannot be brought to the disk", errno);
  }
}

void write_durably(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace treino::store
