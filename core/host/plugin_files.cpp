#include "host/plugin_files.hpp"

#include <algorithm>
#include <map>

#include "host/library_inspection.hpp"

namespace treino::host {
namespace {

constexpr const char* kind_folders[] = {"callbacks", "schedulers", "losses", "metrics"};

bool may_hold(const Glance& glance, const ComponentName& name) {
  return !glance.certain || std::find(glance.names.begin(), glance.names.end(), name) != glance.names.end();
}

/// Which one a manifest means must not depend on the order of folders.
void refuse_duplicates(std::vector<Candidate>& candidates) {
  std::map<ComponentName, std::vector<std::size_t>> holders;
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
      candidates[one].copy.reset();
    }
  }
}

}  // namespace

PluginFiles::PluginFiles(const FinderOptions& options) : allow_unsafe_paths_(options.allow_unsafe_paths) {
  for (const auto& folder : options.folders) {
    list(folder);
    for (const char* kind : kind_folders) list(folder / kind);
  }
}

void PluginFiles::list(const std::filesystem::path& folder) {
  const auto add = [this](const std::filesystem::path& path, const std::string& refusal) {
    candidates_.emplace_back();
    candidates_.back().path = path;
    candidates_.back().refusal = refusal;
    inspected_.push_back(!refusal.empty());
  };
  std::error_code error;
  if (std::filesystem::status(folder, error).type() == std::filesystem::file_type::not_found) return;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
    if (entries->path().native().ends_with(".so")) files.push_back(entries->path());
  if (error) add(folder, "cannot be searched for plugins: " + error.message());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) add(file, "");
}

void PluginFiles::glance_once() {
  for (std::size_t i = glances_.size(); i < candidates_.size(); ++i)
    glances_.push_back(inspected_[i] ? Glance{} : glance_at(candidates_[i].path));
}

void PluginFiles::inspect(std::size_t file, const ComponentName* wanted) {
  if (inspected_[file]) return;
  inspected_[file] = true;
  Candidate& candidate = candidates_[file];
  candidate = inspect_and_keep(candidate.path, allow_unsafe_paths_);
  bool holds_wanted = false;
  for (const auto& description : candidate.descriptions) {
    contended_.emplace_back(description.kind, description.id);
    holds_wanted |= wanted != nullptr && contended_.back() == *wanted;
  }
  if (!holds_wanted || !candidate.refusal.empty()) candidate.copy.reset();
}

/// A file is refused as a duplicate for any of its names, so that no verdict on it is final before the other holders of all of
/// them have been seen, and the other holders of their names too.
void PluginFiles::inspect_contenders() {
  glance_once();
  while (!contended_.empty()) {
    const ComponentName name = contended_.back();
    contended_.pop_back();
    if (!asked_.insert(name).second) continue;
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      if (may_hold(glances_[i], name)) inspect(i, &name);
  }
  refuse_duplicates(candidates_);
}

void PluginFiles::inspect_holders(std::string_view kind, std::string_view id) {
  if (asked_.contains(ComponentName(kind, id))) return;
  contended_.emplace_back(kind, id);
  inspect_contenders();
}

void PluginFiles::inspect_called(std::string_view stem) {
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (candidates_[i].path.stem() == stem) inspect(i);
  inspect_contenders();
}

void PluginFiles::inspect_all() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) inspect(i);
  contended_.clear();
  refuse_duplicates(candidates_);
}

}  // namespace treino::host
