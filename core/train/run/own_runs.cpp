// The key, and the signature of a manifest.
#include "train/run/own_runs.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "base/file.hpp"
#include "base/hmac.hpp"
#include "store/folders.hpp"
#include "store/input_file.hpp"

namespace treino::train {

namespace {

namespace fs = std::filesystem;
using Key = std::array<unsigned char, 32>;

/// The XDG base directory specification: what is there should outlive a program, and is not for others.
std::optional<fs::path> key_file() {
  const char *state = std::getenv("XDG_STATE_HOME"), *home = std::getenv("HOME");
  if (state != nullptr && state[0] == '/') return fs::path(state) / "treino/key";
  if (home != nullptr && home[0] == '/') return fs::path(home) / ".local/state/treino/key";
  return std::nullopt;
}

/// A key that others can read or could have put there is none.
std::optional<Key> read_key(const fs::path& path) {
  const base::OpenedFile file = base::open_regular(path, O_NOFOLLOW);
  if (!file || file.status.st_uid != geteuid() || (file.status.st_mode & 077) != 0) return std::nullopt;
  Key key;
  return ::read(file.descriptor.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()) ? std::optional(key)
                                                                                                   : std::nullopt;
}

/// The file appears whole: two runs that begin at once use the key of one of them.
void make_key(const fs::path& path) {
  Key key;
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) return;
  const fs::path temporary = path.string() + "." + std::to_string(getpid());
  {
    const base::FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    const bool written = file.get() >= 0 && ::write(file.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size());
    if (written) static_cast<void>(::link(temporary.c_str(), path.c_str()));
  }
  ::unlink(temporary.c_str());
}

std::optional<Key> own_key(bool make) {
  const std::optional<fs::path> path = key_file();
  if (!path) return std::nullopt;
  std::error_code error;
  if (make && !fs::exists(fs::symlink_status(*path, error))) {
    fs::create_directories(path->parent_path(), error);
    if (!error) make_key(*path);
  }
  return read_key(*path);
}

std::string code_of(const Key& key, std::string_view text) {
  return base::hmac_sha256(std::as_bytes(std::span(key)), std::as_bytes(std::span(text)));
}

}  // namespace

std::string signature_of(std::string_view manifest) {
  const std::optional<Key> key = own_key(true);
  return key ? code_of(*key, manifest) : "";
}

bool is_own_run(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / "signature", error) || !fs::is_regular_file(folder / "manifest.toml", error)) return false;
  const std::optional<Key> key = own_key(false);
  return key &&
         store::content_or_empty(folder / "signature") == code_of(*key, store::content_or_empty(folder / "manifest.toml")) + "\n";
}

}  // namespace treino::train
