// Which of several files with one component is meant, decided after all of them have been looked at and before any is loaded.
#include "host/library/plugin_files.hpp"

#include <algorithm>
#include <map>

#include "host/library/finder.hpp"
#include "host/library/library_inspection.hpp"
#include "manifest/kind.hpp"

namespace treino::host {

std::string file_stem(std::string_view id) {
  std::string stem(id);
  std::replace(stem.begin(), stem.end(), '/', '.');
  return stem;
}

bool is_built_in(const Candidate& candidate, const ComponentName& name) {
  const std::optional<manifest::Kind> kind = manifest::kind_named(name.first);
  return kind && candidate.installed && candidate.path.stem() == name.second &&
         candidate.path.parent_path().filename() == manifest::traits(*kind).plural;
}

bool is_meant(const Candidate& candidate, std::size_t place) {
  return candidate.refusal.empty() && place < candidate.hidden_by.size() && candidate.hidden_by[place].empty();
}

namespace {

bool may_hold(const Preview& glance, const ComponentName& name) {
  return !glance.certain || std::find(glance.names.begin(), glance.names.end(), name) != glance.names.end();
}

using Holders = std::map<ComponentName, std::vector<std::size_t>>;

/// By name, the files that hold it and can be loaded, or could if another did not hold it too.
Holders holders_of(const std::vector<Candidate>& candidates) {
  Holders holders;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].refusal.empty() && !candidates[i].ambiguous) continue;
    for (const auto& description : candidates[i].descriptions) holders[{description.kind, description.id}].push_back(i);
  }
  return holders;
}

/// Whether `one` is the file that is meant, and not `other`. A foreign file that lies in the installation gets the name of one that
/// came with it only when its folder is named for the run: a later built-in takes nobody by surprise, and neither does a stranger.
bool precedes(const Candidate& one, const Candidate& other, const ComponentName& name) {
  if (one.installed && other.installed) {
    const bool first = is_built_in(one, name), second = is_built_in(other, name);
    if (first != second) return first;
  }
  return one.folder < other.folder;
}

/// In one folder there is no order that anybody has chosen.
void refuse_ambiguous(std::vector<Candidate>& candidates, const ComponentName& name, const std::vector<std::size_t>& holders) {
  for (const std::size_t one : holders) {
    if (candidates[one].ambiguous) continue;
    const auto other = std::find_if(holders.begin(), holders.end(), [&](std::size_t i) {
      return candidates[i].folder == candidates[one].folder && candidates[i].sha256 != candidates[one].sha256 &&
             !precedes(candidates[i], candidates[one], name) && !precedes(candidates[one], candidates[i], name);
    });
    if (other == holders.end()) continue;
    candidates[one].refusal = "holds the " + name.first + " '" + name.second + "', and so does " +
                              candidates[*other].path.string() + ", which is another file: remove one of them";
    candidates[one].ambiguous = true;
    candidates[one].copy.reset();
  }
}

void hide(Candidate& candidate, const ComponentName& name, const std::filesystem::path& by) {
  for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
    if (candidate.descriptions[i].kind == name.first && candidate.descriptions[i].id == name.second) candidate.hidden_by[i] = by;
}

/// The first in search order is meant; where that is ambiguous, none is, rather than one that the user did not expect.
void choose(std::vector<Candidate>& candidates, const ComponentName& name, const std::vector<std::size_t>& holders) {
  std::size_t first = holders.front();
  for (const std::size_t one : holders)
    if (precedes(candidates[one], candidates[first], name)) first = one;
  for (const std::size_t one : holders)
    if (one != first) hide(candidates[one], name, candidates[first].path);
}

void judge(std::vector<Candidate>& candidates) {
  for (Candidate& candidate : candidates) candidate.hidden_by.assign(candidate.descriptions.size(), {});
  for (const auto& [name, holders] : holders_of(candidates)) refuse_ambiguous(candidates, name, holders);
  for (const auto& [name, holders] : holders_of(candidates)) choose(candidates, name, holders);
}

}  // namespace

PluginFiles::PluginFiles(const FinderOptions& options) : allow_unsafe_paths_(options.allow_unsafe_paths) {
  for (std::size_t i = 0; i < options.folders.size(); ++i) {
    const bool installed = i >= options.given;
    list(options.folders[i], i, installed);
    for (const manifest::KindTraits& kind : manifest::kinds()) list(options.folders[i] / kind.plural, i, installed);
  }
}

void PluginFiles::list(const std::filesystem::path& folder, std::size_t number, bool installed) {
  const auto add = [&](const std::filesystem::path& path, const std::string& refusal) {
    candidates_.emplace_back();
    candidates_.back().path = path;
    candidates_.back().folder = number;
    candidates_.back().installed = installed;
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
    glances_.push_back(inspected_[i] ? Preview{} : preview_components(candidates_[i].path));
}

void PluginFiles::inspect(std::size_t file, const ComponentName* wanted) {
  if (inspected_[file]) return;
  inspected_[file] = true;
  Candidate& candidate = candidates_[file];
  const std::size_t folder = candidate.folder;
  const bool installed = candidate.installed;
  candidate = inspect_and_keep(candidate.path, allow_unsafe_paths_);
  candidate.folder = folder;
  candidate.installed = installed;
  bool holds_wanted = false;
  for (const auto& description : candidate.descriptions) {
    contended_.emplace_back(description.kind, description.id);
    holds_wanted |= wanted != nullptr && contended_.back() == *wanted;
  }
  if (!holds_wanted || !candidate.refusal.empty()) candidate.copy.reset();
}

/// A file is refused as a double for any of its names, so that no verdict on it is final before the other holders of all of
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
  judge(candidates_);
}

void PluginFiles::inspect_holders(std::string_view kind, std::string_view id) {
  if (asked_.contains(ComponentName(kind, id))) return;
  contended_.emplace_back(kind, id);
  inspect_contenders();
}

void PluginFiles::inspect_kind(std::string_view kind) {
  glance_once();
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto is_of_kind = [&](const ComponentName& name) { return name.first == kind; };
    if (!glances_[i].certain || std::any_of(glances_[i].names.begin(), glances_[i].names.end(), is_of_kind)) inspect(i);
  }
  inspect_contenders();
}

void PluginFiles::inspect_called(std::string_view stem) {
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (candidates_[i].path.stem() == file_stem(stem)) inspect(i);
  inspect_contenders();
}

void PluginFiles::inspect_all() {
  for (std::size_t i = 0; i < candidates_.size(); ++i) inspect(i);
  contended_.clear();
  judge(candidates_);
}

}  // namespace treino::host
