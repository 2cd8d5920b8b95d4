// Which files of the plugins folders can be loaded, and why the others cannot.
#include "host/library/finder.hpp"

#include "base/sha256.hpp"
#include "host/library/candidate.hpp"
#include "host/library/library_companions.hpp"
#include "host/library/library_file.hpp"
#include "host/library/library_inspection.hpp"
#include "host/library/library_needs.hpp"
#include "host/library/library_place.hpp"
#include "host/library/plugin_files.hpp"
#include "host/library/sealed_copy.hpp"
#include "host/library/search_path.hpp"

namespace treino::host {

namespace {

/// Their start-up code runs before the plugin's own.
void refuse_unsafe_companions(const Candidate& candidate) {
  const ElfDependencies dependencies = elf_dependencies(ElfReader(candidate.copy->bytes()));
  if (const std::string entry = relative_entry(dependencies.run_path); !entry.empty())
    throw FormatError("looks for libraries in '" + entry +
                      "', a folder of whatever directory the program is started in: build it with a run "
                      "path that begins with $ORIGIN, or set allow_unsafe_paths");
  for (const Companion& companion : companions_of(dependencies, candidate.path))
    if (!companion.unsafety.empty()) throw FormatError("needs " + companion.file.string() + ", which " + companion.unsafety);
}

}  // namespace

Candidate inspect_and_keep(const std::filesystem::path& path, bool allow_unsafe_paths) {
  Candidate candidate;
  candidate.path = path;
  try {
    const base::OpenedFile file = open_library(path);
    candidate.copy = std::make_shared<SealedCopy>(file, path.filename().string());
    candidate.sha256 = base::sha256(candidate.copy->bytes());
    inspect_bytes(candidate.copy->bytes(), candidate);
    if (!allow_unsafe_paths) {
      const std::string unsafety = unsafety_of(file.status, path);
      if (!unsafety.empty()) candidate.refusal = unsafety;
      if (candidate.refusal.empty()) refuse_unsafe_companions(candidate);
    }
  } catch (const FormatError& refusal) {
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
