// Files that are replaced as a whole: a kill or a full disk leaves the old one or the new one, durable when a call returns. All
// of it waits for the disk: on a worker's thread (treino/kit/worker.hpp), or before and after training. POSIX.
//
// What is there already is respected. A symbolic link is followed and stays. A file that is replaced keeps its permissions and,
// as far as the system lets us, its owner. Devices, FIFOs and sockets are refused: a file put in their place would take the
// device away.
//
//   void keep_best(const std::string& folder, double best) {
//     treino::expect_writable(folder + "/best.txt");  // makes the folder
//     treino::replace_file(folder + "/best.txt", std::to_string(best) + "\n");
//     treino::Replacement page(folder + "/page.html");
//     page.write("<html>"), page.write("</html>");
//     page.put_in_place();
//   }
#pragma once
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/durable_folders.hpp>

namespace treino {
inline namespace sdk0 {

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

}  // namespace sdk0
}  // namespace treino
