// Which files of the plugins folders can be loaded, and why the others cannot.
#include <algorithm>
#include <map>

#include "host/library.hpp"
#include "host/library_file.hpp"
#include "host/library_inspection.hpp"

namespace treino::host {
namespace {

constexpr const char* kind_folders[] = {"callbacks", "schedulers", "losses", "metrics"};

Candidate refused(const std::filesystem::path& path, const std::string& refusal) {
  Candidate candidate;
  candidate.path = path;
  candidate.refusal = refusal;
  return candidate;
}

void find_in(const std::filesystem::path& folder, bool allow_unsafe_paths, std::vector<Candidate>& found) {
  std::error_code error;
  if (std::filesystem::status(folder, error).type() == std::filesystem::file_type::not_found) return;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
    if (entries->path().native().ends_with(".so")) files.push_back(entries->path());
  if (error) found.push_back(refused(folder, "cannot be searched for plugins: " + error.message()));
  std::sort(files.begin(), files.end());
  for (const auto& file : files) found.push_back(inspect(file, allow_unsafe_paths));
}

/// Which one a manifest means must not depend on the order of folders.
void refuse_duplicates(std::vector<Candidate>& candidates) {
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> holders;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].refusal.empty()) continue;
    for (const auto& description : candidates[i].descriptions) holders[{description.kind, description.id}].push_back(i);
  }
  for (const auto& [name, indices] : holders) {
    for (const std::size_t one : indices) {
      const auto other = std::find_if(indices.begin(), indices.end(),
                                      [&](std::size_t i) { return candidates[i].sha256 != candidates[one].sha256; });
      if (other == indices.end() || !candidates[one].refusal.empty()) continue;
      candidates[one].refusal = "holds the " + name.first + " '" + name.second + "', and so does " +
                                candidates[*other].path.string() + ", which is another file: remove one of them";
    }
  }
}

}  // namespace

Candidate inspect(const std::filesystem::path& path, bool allow_unsafe_paths) {
  Candidate candidate;
  candidate.path = path;
  try {
    const LibraryFile file = read_library(path);
    candidate.sha256 = sha256(file.bytes);
    inspect_bytes(file.bytes, candidate);
    if (!allow_unsafe_paths && !file.unsafe.empty()) candidate.refusal = file.unsafe;
  } catch (const Refusal& refusal) {
    candidate.refusal = refusal.what();
  }
  return candidate;
}

std::vector<Candidate> find_plugins(const FinderOptions& options) {
  std::vector<Candidate> found;
  for (const auto& folder : options.folders) {
    find_in(folder, options.allow_unsafe_paths, found);
    for (const char* kind : kind_folders) find_in(folder / kind, options.allow_unsafe_paths, found);
  }
  refuse_duplicates(found);
  return found;
}

}  // namespace treino::host
