// Which files of the plugins folders can be loaded, and why the others cannot.
#include "base/sha256.hpp"
#include "host/library.hpp"
#include "host/library_file.hpp"
#include "host/library_inspection.hpp"
#include "host/load_memory_file.hpp"
#include "host/plugin_files.hpp"

namespace treino::host {

Candidate inspect_and_keep(const std::filesystem::path& path, bool allow_unsafe_paths) {
  Candidate candidate;
  candidate.path = path;
  try {
    const LibraryFile file = open_library(path);
    candidate.copy = std::make_shared<SealedCopy>(file, path.filename().string());
    candidate.sha256 = base::sha256(candidate.copy->bytes());
    inspect_bytes(candidate.copy->bytes(), candidate);
    if (!allow_unsafe_paths) {
      const std::string unsafety = unsafety_of(file, path);
      if (!unsafety.empty()) candidate.refusal = unsafety;
    }
  } catch (const Refusal& refusal) {
    candidate.refusal = refusal.what();
  }
  return candidate;
}

Candidate inspect(const std::filesystem::path& path, bool allow_unsafe_paths) {
  Candidate candidate = inspect_and_keep(path, allow_unsafe_paths);
  candidate.copy.reset();
  return candidate;
}

std::vector<Candidate> find_plugins(const FinderOptions& options) {
  PluginFiles files(options);
  files.inspect_all();
  return files.candidates();
}

}  // namespace treino::host
