// Answers by kind and id, and says in one line what was taken although something else was there.
#include "host/library/catalogue.hpp"

namespace treino::host {

namespace {

/// The place of a component among a file's; its number of components where it has none of the name.
std::size_t place_of(const Candidate& candidate, std::string_view kind, std::string_view id) {
  std::size_t place = 0;
  while (place < candidate.descriptions.size() &&
         (candidate.descriptions[place].kind != kind || candidate.descriptions[place].id != id))
    ++place;
  return place;
}

std::string with_version(const Candidate& candidate, std::size_t place) {
  const std::string& version = candidate.descriptions[place].version;
  return candidate.path.string() + (version.empty() ? "" : " (" + version + ")");
}

}  // namespace

const Candidate* Catalogue::candidate(std::string_view kind, std::string_view id) {
  files_.inspect_holders(kind, id);
  for (const Candidate& candidate : files_.candidates())
    if (is_meant(candidate, place_of(candidate, kind, id))) {
      note_choice(kind, id, candidate);
      return &candidate;
    }
  return nullptr;
}

/// Once a name: what is not taken, although somebody may have expected it.
void Catalogue::note_choice(std::string_view kind, std::string_view id, const Candidate& chosen) {
  if (!noted_.emplace(kind, id).second) return;
  const std::string what = std::string(kind) + " " + std::string(id) + ": ";
  const std::string taken = with_version(chosen, place_of(chosen, kind, id));
  for (const Candidate& other : files_.candidates()) {
    const std::size_t place = place_of(other, kind, id);
    if (&other == &chosen || place == other.descriptions.size() || other.sha256 == chosen.sha256) continue;
    if (!other.refusal.empty()) {
      if (other.folder <= chosen.folder)
        notes_.push_back(what + taken + " is taken; " + other.path.string() + " is left out: " + other.refusal);
    } else if (other.installed && is_built_in(chosen, {std::string(kind), std::string(id)})) {
      notes_.push_back(what + taken + " came with the program and is taken before " + with_version(other, place) +
                       ": give that one a namespace (\"acme/" + std::string(id) + "\"), or name its folder with --plugin-path");
    } else {
      notes_.push_back(what + taken + " hides " + with_version(other, place));
    }
  }
}

const manifest::Description* Catalogue::description(std::string_view kind, std::string_view id) {
  const Candidate* found = candidate(kind, id);
  if (found == nullptr) return nullptr;
  return &found->descriptions[place_of(*found, kind, id)];
}

std::string Catalogue::refusal(std::string_view kind, std::string_view id) {
  files_.inspect_holders(kind, id);
  files_.inspect_called(id);
  for (const Candidate& candidate : files_.candidates()) {
    if (candidate.refusal.empty()) continue;
    const bool named = place_of(candidate, kind, id) < candidate.descriptions.size();
    if (named || candidate.path.stem() == file_stem(id))
      return " (" + candidate.path.string() + " is left out: " + candidate.refusal + ")";
  }
  return "";
}

std::vector<std::string> Catalogue::ids(std::string_view kind) {
  files_.inspect_all();
  std::vector<std::string> ids;
  for (const Candidate& candidate : files_.candidates())
    for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
      if (is_meant(candidate, i) && candidate.descriptions[i].kind == kind) ids.push_back(candidate.descriptions[i].id);
  return ids;
}

std::shared_ptr<const Component> Catalogue::component(std::string_view kind, std::string_view id) {
  const Candidate* found = candidate(kind, id);
  if (found == nullptr) throw LoadError("there is no " + std::string(kind) + " '" + std::string(id) + "'" + refusal(kind, id));
  for (const auto& component : load(*found, warnings_))
    if (component->description.kind == kind && component->description.id == id) return component;
  throw LoadError(found->path.string() + ": has no " + std::string(kind) + " '" + std::string(id) + "' once loaded");
}

}  // namespace treino::host
