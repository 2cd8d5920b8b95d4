// Finds plugins by kind and id, and says in one line what was taken although something else was there.
#include "host/library/catalogue.hpp"

namespace treino::host {

namespace {

/// The place of a component among a file's; its number of components where it has none of the name.
std::size_t place_of(const Candidate& candidate, manifest::Kind kind, std::string_view id) {
  std::size_t place = 0;
  while (place < candidate.descriptions.size() &&
         (candidate.descriptions[place].kind != to_text(kind) || candidate.descriptions[place].id != id))
    ++place;
  return place;
}

std::string with_version(const Candidate& candidate, std::size_t place) {
  const std::string& version = candidate.descriptions[place].version;
  return candidate.path.string() + (version.empty() ? "" : " (" + version + ")");
}

}  // namespace

const Candidate* Catalogue::candidate(manifest::Kind kind, std::string_view id) {
  files_.inspect_holders(to_text(kind), id);
  for (const Candidate& candidate : files_.candidates())
    if (is_meant(candidate, place_of(candidate, kind, id))) {
      note_choice(kind, id, candidate);
      return &candidate;
    }
  return nullptr;
}

/// Once a name: what is not taken, although somebody may have expected it.
void Catalogue::note_choice(manifest::Kind kind, std::string_view id, const Candidate& chosen) {
  const ComponentName name(to_text(kind), id);
  if (!noted_.insert(name).second) return;
  const std::string what = name.first + " " + name.second + ": ";
  const std::string taken = with_version(chosen, place_of(chosen, kind, id));
  for (const Candidate& other : files_.candidates()) {
    const std::size_t place = place_of(other, kind, id);
    if (&other == &chosen || place == other.descriptions.size() || other.sha256 == chosen.sha256) continue;
    if (!other.refusal.empty()) {
      if (other.folder <= chosen.folder)
        notes_.push_back(what + taken + " is taken; " + other.path.string() + " is left out: " + other.refusal);
    } else if (other.installed && is_built_in(chosen, name)) {
      notes_.push_back(what + taken + " came with the program and is taken before " + with_version(other, place) +
                       ": give that one a namespace (\"acme/" + name.second + "\"), or name its folder with --plugin-path");
    } else {
      notes_.push_back(what + taken + " hides " + with_version(other, place));
    }
  }
}

const manifest::Description* Catalogue::description(manifest::Kind kind, std::string_view id) {
  const Candidate* found = candidate(kind, id);
  if (found == nullptr) return nullptr;
  return &found->descriptions[place_of(*found, kind, id)];
}

std::string Catalogue::refusal(manifest::Kind kind, std::string_view id) {
  files_.inspect_holders(to_text(kind), id);
  files_.inspect_called(id);
  for (const Candidate& candidate : files_.candidates()) {
    if (candidate.refusal.empty()) continue;
    const bool named = place_of(candidate, kind, id) < candidate.descriptions.size();
    if (named || candidate.path.stem() == file_stem(id))
      return " (" + candidate.path.string() + " is left out: " + candidate.refusal + ")";
  }
  return "";
}

std::vector<std::string> Catalogue::ids(manifest::Kind kind) {
  files_.inspect_all();
  std::vector<std::string> ids;
  for (const Candidate& candidate : files_.candidates())
    for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
      if (is_meant(candidate, i) && candidate.descriptions[i].kind == to_text(kind)) ids.push_back(candidate.descriptions[i].id);
  return ids;
}

std::vector<const manifest::Description*> Catalogue::descriptions(manifest::Kind kind) {
  files_.inspect_kind(to_text(kind));
  std::vector<const manifest::Description*> found;
  for (const Candidate& candidate : files_.candidates())
    for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
      if (candidate.descriptions[i].kind == to_text(kind) && is_meant(candidate, i)) found.push_back(&candidate.descriptions[i]);
  return found;
}

std::shared_ptr<const Component> Catalogue::component(manifest::Kind kind, std::string_view id) {
  const Candidate* found = candidate(kind, id);
  if (found == nullptr) throw LoadError("there is no " + to_text(kind) + " '" + std::string(id) + "'" + refusal(kind, id));
  for (const auto& component : load(*found, warnings_))
    if (component->kind == kind && component->description.id == id) return component;
  throw LoadError(found->path.string() + ": has no " + to_text(kind) + " '" + std::string(id) + "' once loaded");
}

}  // namespace treino::host
