// Finding plugin libraries, reading what they say of themselves without running their code, and loading those that are wanted.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "manifest/description.hpp"

namespace treino::host {

class SealedCopy;

/// What a file in a plugins folder turned out to be. Read from its bytes: nothing of it has run.
struct Candidate {
  std::filesystem::path path;
  std::string refusal;                              // why it is left out, in one line; empty: it can be loaded
  std::vector<manifest::Description> descriptions;  // one a component; may be known although refused
  std::vector<std::string> texts;                   // the TOML of each
  std::uint32_t built_minor = 0, needed_minor = 0;
  std::string sha256;                // of the file, empty where it could not be read
  std::shared_ptr<SealedCopy> copy;  // the bytes that were inspected, where they were kept
  std::size_t folder = 0;            // of those that were searched
  bool installed = false;            // that folder is the program's own
  bool ambiguous = false;            // refused, since another file of the folder holds a component of the same name
  /// One a component: the file that is taken in its place, since it comes first in the search order; empty: this one is meant.
  std::vector<std::filesystem::path> hidden_by;
};

struct FinderOptions {
  std::vector<std::filesystem::path> folders;  // first come, first searched
  bool allow_unsafe_paths = false;
  /// So many of the folders were named for this run; those behind them are the installation.
  std::size_t given = std::numeric_limits<std::size_t>::max();
};

/// All `*.so` files of the folders and of their sub-folders callbacks, schedulers, losses and metrics (built-in plugins lie in
/// these, since a loss and a metric may share a name; a dropped-in one may lie in either), sorted by folder and then name. Never
/// blocks (FIFOs, devices), never crashes on bad files, reads each file once and at most 256 MiB of it. A folder that does not
/// exist is no error; one that cannot be read is a Candidate with a refusal. Of components of the same kind and id the first in search
/// order is meant, and hides the others; within the installation, the plugin that came with the program (losses/mse.so) is. Two in one
/// folder are refused, each naming the other - unless the bytes are the same.
std::vector<Candidate> find_plugins(const FinderOptions& options);
/// One file, by the same rules.
Candidate inspect(const std::filesystem::path& path, bool allow_unsafe_paths);

/// `--plugin-path` folders, $TREINO_PLUGIN_PATH (colon-separated), the manifest's, then <program's folder>/plugins and
/// <program's folder>/../lib/treino/plugins. Duplicates (same folder by device and inode) are dropped.
std::vector<std::filesystem::path> search_path(const std::vector<std::filesystem::path>& from_command_line,
                                               const std::vector<std::filesystem::path>& from_manifest);
/// The same, for find_plugins() and Catalogue.
FinderOptions finder_options(const std::vector<std::filesystem::path>& from_command_line,
                             const std::vector<std::filesystem::path>& from_manifest, bool allow_unsafe_paths);
/// Whether the candidate's component at `place` is the one that its name means.
bool is_meant(const Candidate& candidate, std::size_t place);

/// The text names the library.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A component of a loaded library: full-size copies of its tables, zero where the library's are older and shorter. Never
/// unloaded.
struct Component {
  std::filesystem::path path;
  std::string sha256;
  manifest::Description description;
  treino_lifecycle lifecycle{};
  treino_callback callback{};  // by kind, the others zero
  treino_scheduler scheduler{};
  treino_loss loss{};
  treino_metric metric{};
};

/// Loads (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE, through Boost.DLL) the very bytes that were inspected: those that the candidate
/// kept in a sealed memory file, or else the file is copied to one, hashed, and compared with the candidate's hash. So a file
/// replaced under a long run changes nothing. Checks: descriptions equal the note's, functions present, `events` of the
/// description equal the mask, sizes sane. The floating-point mode is put back and a library that changed it (-ffast-math
/// start-up code) is named in `warnings`. Throws LoadError. Loading the same hash twice gives the same components.
std::vector<std::shared_ptr<const Component>> load(const Candidate& candidate, std::vector<std::string>& warnings);

/// Bits of treino_callback::events by name ("epoch_end"), and back. -1 / nullptr where unknown.
int event_number(std::string_view name);
const char* event_name(unsigned event);

}  // namespace treino::host
