// Which files of the plugins folders can be loaded, and why the others cannot.
#include "base/sha256.hpp"
#include "host/library.hpp"
#include "host/library_file.hpp"
#include "host/library_inspection.hpp"
#include "host/plugin_files.hpp"

namespace treino::host {

Candidate inspect(const std::filesystem::path& path, bool allow_unsafe_paths) {
  Candidate candidate;
  candidate.path = path;
  try {
    const LibraryFile file = read_library(path);
    candidate.sha256 = base::sha256(file.bytes);
    inspect_bytes(file.bytes, candidate);
    if (!allow_unsafe_paths && !file.unsafe.empty()) candidate.refusal = file.unsafe;
  } catch (const Refusal& refusal) {
    candidate.refusal = refusal.what();
  }
  return candidate;
}

std::vector<Candidate> find_plugins(const FinderOptions& options) {
  PluginFiles files(options);
  files.inspect_all();
  return files.candidates();
}

}  // namespace treino::host
