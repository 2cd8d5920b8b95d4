#include "store/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "store/temporary_name.hpp"

namespace treino::store {
namespace {

constexpr std::size_t buffer_size = 1 << 16;
constexpr std::uint64_t stretch = 8 << 20;

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  const std::filesystem::path target = behind_links(path_);
  name_ = target.filename();
  folder_ = open_folder(target.parent_path());
  if (!folder_) fail(path_, "the folder \"" + target.parent_path().string() + "\" cannot be opened", errno);

  struct stat old {};
  if (fstatat(folder_.get(), name_.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0) {
    // Renaming onto a device would replace it: as root, /dev/null would become a plain file.
    if (!S_ISREG(old.st_mode)) throw StoreError(path_.string() + ": exists and is not a regular file");
    permissions_ = old.st_mode & 0777;
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
    // While a private file is written anew, nobody else may read along.
    const mode_t mode = permissions_ ? 0600 : 0666;
    descriptor_ = FileDescriptor(uninterrupted(
        [&] { return openat(folder_.get(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode); }));
    if (!descriptor_) fail(path_, "its temporary file cannot be made", errno);

    const int locked = uninterrupted([this] { return flock(descriptor_.get(), LOCK_EX | LOCK_NB); });
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
  if (buffer_.size() + bytes.size() <= buffer_size) {
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return;
  }
  write_through(std::as_bytes(std::span(buffer_)));
  buffer_.clear();
  if (bytes.size() < buffer_size) {
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else {
    write_through(bytes);
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::write_through(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), stretch);
    const auto written = uninterrupted([&] { return ::write(descriptor_.get(), bytes.data(), size); });
    if (written < 0) give_up("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    written_ += static_cast<std::uint64_t>(written);
    write_back();
  }
}

// Rationale: large files are brought to the disk while they are written, and what is there leaves the system's cache. Else a
// checkpoint of 250 MB takes as many fresh pages (on a virtual machine that cost ten times the writing: 0.8 s), drives others'
// files out of the cache, and all of it waits for the fsync.
void AtomicFile::write_back() {
  while (written_ - on_its_way_ >= stretch) {
    pass_on(on_its_way_, stretch, SYNC_FILE_RANGE_WRITE);
    if (on_its_way_ > on_disk_) {
      pass_on(on_disk_, stretch, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
      posix_fadvise(descriptor_.get(), static_cast<off_t>(on_disk_), stretch, POSIX_FADV_DONTNEED);
      on_disk_ += stretch;
    }
    on_its_way_ += stretch;
  }
}

/// A file system that cannot do this does all at the fsync. Other faults are said once, and the fsync would not say them again.
void AtomicFile::pass_on(std::uint64_t begin, std::uint64_t size, unsigned how) {
  const auto range = [&] { return sync_file_range(descriptor_.get(), static_cast<off_t>(begin), static_cast<off_t>(size), how); };
  if (uninterrupted(range) != 0 && errno != ENOSYS && errno != EINVAL && errno != EOPNOTSUPP && errno != ESPIPE)
    give_up("cannot be brought to the disk");
}

void AtomicFile::commit() {
  require_open();
  write_through(std::as_bytes(std::span(buffer_)));
  buffer_.clear();
  if (permissions_ && fchmod(descriptor_.get(), *permissions_) != 0) give_up("cannot be given the old file's permissions");
  if (uninterrupted([this] { return fsync(descriptor_.get()); }) != 0) give_up("cannot be brought to the disk");
  if (renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) give_up("cannot be put in place");
  descriptor_.close();
  // EINVAL: a file system that cannot sync folders (some network and FUSE ones) and has nothing to be asked for.
  if (uninterrupted([this] { return fsync(folder_.get()); }) != 0 && errno != EINVAL) {
    fail(path_, "is in place, but may not survive a power cut: its folder cannot be brought to the disk", errno);
  }
}

void write_durably(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

}  // namespace treino::store
