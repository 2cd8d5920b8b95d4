// Files of a plugin's own that a kill or a full disk never damages: whole before and after each change, durable when a call
// returns. All of it waits for the disk: on a worker's thread (treino/worker.hpp), or before and after training. POSIX.
//
// What is there already is respected. A symbolic link is followed and stays. A file that is replaced keeps its permissions and,
// as far as the system lets us, its owner. Devices, FIFOs and sockets are refused: a file put in their place would take the
// device away, and opening one can hang.
//
//   void keep_best(const std::string& folder, double best) {
//     treino::create_folders(folder);
//     treino::replace_file(folder + "/best.txt", std::to_string(best) + "\n");  // whole or not there, and on the disk
//     treino::DurableFile rows(folder + "/rows.csv", O_RDWR | O_CREAT | O_APPEND);
//     rows.write("3,0.25\n");
//     rows.sync();
//   }
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

namespace detail {

[[noreturn]] inline void fail_with(const std::string& path, int error) {
  throw std::runtime_error(path + ": " + std::strerror(error));
}

/// Throws where `path` names something that is there and is neither a regular file nor, with `folder`, a folder. Looked at
/// before it is opened, since opening a device can do things.
inline void refuse_odd(const std::string& path, mode_t mode, bool folder = false) {
  if (folder ? S_ISDIR(mode) : S_ISREG(mode)) return;
  const char* kind = S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
  throw std::runtime_error(path + ": expected " + (folder ? "a folder" : "a file") + ", found " +
                           (S_ISREG(mode) ? "a file" : kind));
}

}  // namespace detail

/// An open file; closed at the end, durable only after sync(). Failures throw std::runtime_error with the path and the system's
/// text.
class DurableFile {
 public:
  /// `flags` as of open(2).
  DurableFile(std::string path, int flags) : path_(std::move(path)) {
    struct stat facts {};
    const bool folder = (flags & O_DIRECTORY) != 0;
    if (::stat(path_.c_str(), &facts) == 0) detail::refuse_odd(path_, facts.st_mode, folder);
    // Should it become a FIFO in between, non-blocking keeps open() from waiting. For files it changes nothing.
    descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (descriptor_ < 0) fail();
    try {
      if (::fstat(descriptor_, &facts) != 0) fail();
      detail::refuse_odd(path_, facts.st_mode, folder);
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
  }
  /// Takes over an open descriptor.
  DurableFile(std::string path, int descriptor, std::nullptr_t) : path_(std::move(path)), descriptor_(descriptor) {}
  DurableFile(DurableFile&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  DurableFile& operator=(DurableFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~DurableFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  void write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(descriptor_, text.data() + done, text.size() - done);
      if (count < 0 && errno != EINTR) fail();
      if (count > 0) done += static_cast<std::size_t>(count);
    }
  }
  /// At the end of the file, and durable unless told otherwise; where that fails, the file is cut back to what it was.
  void append(const std::string& text, bool durably = true) {
    const std::uint64_t before = size();
    try {
      write(text);
      if (durably) sync();
    } catch (...) {
      cut(before);
      throw;
    }
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail();
  }
  void cut(std::uint64_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail();
  }
  std::uint64_t size() const { return static_cast<std::uint64_t>(facts().st_size); }
  /// `size` bytes from `offset` on; fewer where the file ends before.
  std::string read(std::uint64_t offset, std::size_t size) const {
    std::string text(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = ::pread(descriptor_, text.data() + done, size - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno != EINTR) fail();
      if (count == 0) break;
      if (count > 0) done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
  }
  const std::string& path() const { return path_; }
  struct stat facts() const {
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0) fail();
    return found;
  }
  int descriptor() const { return descriptor_; }

 private:
  [[noreturn]] void fail() const { detail::fail_with(path_, errno); }
  std::string path_;
  int descriptor_ = -1;
};

/// Folders in which files and folders were made or renamed: their entries have to be brought to the disk too, once for all of a
/// folder. Without that a power cut may take a file whose bytes were synced.
class NewEntries {
 public:
  /// A file was made in `folder`, or moved into it.
  void add(const std::filesystem::path& folder) {
    const std::string name = folder.empty() ? "." : folder.string();
    if (std::find(folders_.begin(), folders_.end(), name) == folders_.end()) folders_.push_back(name);
  }
  /// Makes `folder` and those above it that are missing.
  void make_folder(const std::filesystem::path& folder) {
    if (folder.empty() || std::filesystem::is_directory(folder)) return;
    if (!folder.has_filename()) return make_folder(folder.parent_path());  // "folder/"
    make_folder(folder.parent_path());
    std::error_code error;
    const bool made = std::filesystem::create_directory(folder, error);
    if (error) detail::fail_with(folder.string(), error.value() == EEXIST ? ENOTDIR : error.value());
    if (made) add(folder.parent_path());
  }
  /// What fails is tried again the next time.
  void sync();

 private:
  friend class Syncs;
  std::vector<std::string> folders_;
};

/// What is forced onto the disk at the same time. A file system brings several files there in little more than the time of one,
/// and a thread that asks for one after the other waits for each.
class Syncs {
 public:
  /// Both have to be there until finish() has returned. A folder is synced once, however many ask for it.
  void add(DurableFile& file) {
    tasks_.push_back([&file] { file.sync(); });
  }
  void add(NewEntries& entries) {
    for (const std::string& folder : entries.folders_)
      if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) folders_.push_back(folder);
    entries_.push_back(&entries);
  }

  /// Waits for all, then throws what the first that failed has thrown; folders that were added are then to be synced again.
  void finish() {
    // With the files most of what folders wait for is on the disk already: they share a thread, which costs more than they do.
    tasks_.push_back([this] { std::for_each(folders_.begin(), folders_.end(), sync_folder); });
    run_at_once();
    for (NewEntries* entries : entries_) entries->folders_.clear();
  }

 private:
  /// Not every folder may be read, nor every file system sync folders: nothing more can be asked of those.
  static void sync_folder(const std::string& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int result = descriptor < 0 ? 0 : ::fsync(descriptor), error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (result != 0 && error != EINVAL) detail::fail_with(folder, error);
  }

  /// The last task runs here, and so do those for which there is no thread.
  void run_at_once() {
    std::vector<std::future<void>> running;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // the program's signals are handled elsewhere
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const bool last = i + 1 == tasks_.size();
      try {
        running.push_back(std::async(last ? std::launch::deferred : std::launch::async, tasks_[i]));
      } catch (const std::system_error&) {
        running.push_back(std::async(std::launch::deferred, tasks_[i]));
      }
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    std::exception_ptr failure;
    for (auto task = running.rbegin(); task != running.rend(); ++task) {
      try {
        task->get();
      } catch (...) {
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  std::vector<std::function<void()>> tasks_;
  std::vector<std::string> folders_;
  std::vector<NewEntries*> entries_;
};

inline void NewEntries::sync() {
  Syncs syncs;
  syncs.add(*this);
  syncs.finish();
}

/// Makes `folder` and those above it that are missing, and brings the entry of each to the disk.
inline void create_folders(const std::filesystem::path& folder) {
  NewEntries entries;
  entries.make_folder(folder);
  entries.sync();
}

namespace detail {

/// Where `path` leads: links are followed, also one whose target does not exist yet. As the kernel does (protected_symlinks), a
/// link in a folder that everybody may write to is followed only where it is ours or the folder's owner's.
inline std::string behind_links(const std::string& path) {
  std::filesystem::path target = path;
  for (int links = 0;; ++links) {
    struct stat link {
    }, folder{};
    if (::lstat(target.c_str(), &link) != 0 || !S_ISLNK(link.st_mode)) return target.string();
    if (links == 40) fail_with(path, ELOOP);
    const std::filesystem::path parent = target.parent_path();
    if (::stat(parent.empty() ? "." : parent.c_str(), &folder) != 0) fail_with(path, errno);
    const bool shared = (folder.st_mode & S_ISVTX) != 0 && (folder.st_mode & S_IWOTH) != 0;
    if (shared && link.st_uid != ::geteuid() && link.st_uid != folder.st_uid)
      throw std::runtime_error(path + ": is somebody else's symbolic link in a folder that everybody may write to");
    std::error_code error;
    const std::filesystem::path next = std::filesystem::read_symlink(target, error);
    if (error) fail_with(path, error.value());
    target = parent / next;
  }
}

/// ".NAME.treino-<16 digits>.tmp": hidden, and not to be guessed. The host removes such files of killed runs by this form.
inline std::string temporary_name(const std::string& name) {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) fail_with(name, errno);
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); i-- > 0; bits >>= 4) digits[i] = "0123456789abcdef"[bits & 15];
  return "." + name.substr(0, 180) + ".treino-" + digits + ".tmp";
}

}  // namespace detail

/// A file that is written beside the one it replaces, and takes its place when it is whole: whoever looks sees the old one or the
/// new one. Without put_in_place() the old one stays and nothing beside it.
class Replacement {
 public:
  explicit Replacement(const std::string& path) : path_(path), target_(detail::behind_links(path)), file_(make()) {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement() {
    if (!done_) ::unlink(fresh_.c_str());
  }

  void write(const std::string& text) { file_.write(text); }
  /// Durably, unless told otherwise.
  void put_in_place(bool durably = true) {
    exchange(durably);
    NewEntries entries;
    entries.add(folder());
    if (durably) entries.sync();
  }
  /// The same where `synced_later` is synced before anybody counts on the file: if it is the file's folder, that is not waited
  /// for here.
  void put_in_place(const std::filesystem::path& synced_later) {
    std::error_code error;
    if (!std::filesystem::equivalent(folder(), synced_later, error)) return put_in_place();
    exchange(true);
  }

 private:
  std::filesystem::path folder() const {
    const std::filesystem::path folder = std::filesystem::path(target_).parent_path();
    return folder.empty() ? "." : folder;
  }

  void exchange(bool durably) {
    if (old_) keep_owner_and_permissions();
    if (durably) file_.sync();
    if (::rename(fresh_.c_str(), target_.c_str()) != 0) detail::fail_with(path_, errno);
    done_ = true;
  }

  DurableFile make() {
    struct stat old {};
    if (::lstat(target_.c_str(), &old) == 0) {
      detail::refuse_odd(path_, old.st_mode);
      old_ = old;
    } else if (errno != ENOENT) {
      detail::fail_with(path_, errno);
    }
    fresh_ = (folder() / detail::temporary_name(std::filesystem::path(target_).filename().string())).string();
    // While a private file is written again, nobody else may read along.
    const int descriptor = ::open(fresh_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, old_ ? 0600 : 0666);
    if (descriptor < 0) detail::fail_with(path_, errno);
    ::flock(descriptor, LOCK_EX | LOCK_NB);          // tells who removes what killed runs left that its writer lives
    return DurableFile(path_, descriptor, nullptr);  // errors name what the user knows
  }

  /// Where the group cannot be kept, the new one gets no more than everybody has.
  void keep_owner_and_permissions() {
    const struct stat now = file_.facts();
    mode_t mode = old_->st_mode & 0777;
    const bool same = now.st_uid == old_->st_uid && now.st_gid == old_->st_gid;
    const bool kept = same || ::fchown(file_.descriptor(), old_->st_uid, old_->st_gid) == 0 ||
                      ::fchown(file_.descriptor(), static_cast<uid_t>(-1), old_->st_gid) == 0 || now.st_gid == old_->st_gid;
    if (!kept) mode &= ~mode_t{070} | (mode & 07) << 3;
    if (::fchmod(file_.descriptor(), mode) != 0) detail::fail_with(path_, errno);
  }

  std::string path_, target_, fresh_;  // target_: where all links lead; fresh_: the temporary one
  std::optional<struct stat> old_;     // of the file that is replaced
  DurableFile file_;
  bool done_ = false;
};

/// The whole file at once. Where it fails, the old one stays and nothing beside it.
inline void replace_file(const std::string& path, const std::string& text) {
  Replacement file(path);
  file.write(text);
  file.put_in_place();
}

/// The same at the end of a run: its folder is synced by the host after that.
inline void replace_file(const std::string& path, const std::string& text, const std::filesystem::path& run_folder) {
  Replacement file(path);
  file.write(text);
  file.put_in_place(run_folder);
}

/// A file with nothing in it, whatever was there. Not synced: an empty file is nothing that could be lost.
inline void begin_file(const std::string& path) { Replacement(path).put_in_place(false); }

/// Throws where `path` could not be written at the end of a run: it is no file, or its folder cannot be written to. Folders on
/// the way are made. For who writes only when hours of work are done.
inline void expect_writable(const std::string& path) {
  const std::string target = detail::behind_links(path);
  const std::filesystem::path folder = std::filesystem::path(target).parent_path();
  create_folders(folder);
  struct stat facts {};
  if (::stat(target.c_str(), &facts) == 0) detail::refuse_odd(path, facts.st_mode);
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) detail::fail_with(folder.string(), errno);
}

/// The whole content of a regular file of at most `most` bytes.
inline std::string read_file(const std::string& path, std::uint64_t most = std::uint64_t{1} << 34) {
  const DurableFile file(path, O_RDONLY);
  const std::uint64_t size = file.size();
  const auto refuse = [&] { throw std::runtime_error(path + ": is longer than " + std::to_string(most) + " bytes"); };
  if (size > most) refuse();
  std::string text = file.read(0, static_cast<std::size_t>(size));
  // Files of /proc say 0, and a file may have grown.
  for (std::string more; !(more = file.read(text.size(), std::size_t{1} << 16)).empty();)
    if ((text += more).size() > most) refuse();
  return text;
}

}  // namespace sdk0
}  // namespace treino
