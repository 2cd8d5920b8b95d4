#include "host/catalogue.hpp"

namespace treino::host {

const Candidate* Catalogue::candidate(std::string_view kind, std::string_view id) {
  files_.inspect_holders(kind, id);
  for (const Candidate& candidate : files_.candidates())
    for (const manifest::Description& description : candidate.descriptions)
      if (candidate.refusal.empty() && description.kind == kind && description.id == id) return &candidate;
  return nullptr;
}

const manifest::Description* Catalogue::description(std::string_view kind, std::string_view id) {
  const Candidate* found = candidate(kind, id);
  if (found == nullptr) return nullptr;
  for (const manifest::Description& description : found->descriptions)
    if (description.kind == kind && description.id == id) return &description;
  return nullptr;
}

std::string Catalogue::refusal(std::string_view kind, std::string_view id) {
  files_.inspect_holders(kind, id);
  files_.inspect_called(id);
  for (const Candidate& candidate : files_.candidates()) {
    if (candidate.refusal.empty()) continue;
    bool named = candidate.path.stem() == id;
    for (const manifest::Description& description : candidate.descriptions)
      named |= description.kind == kind && description.id == id;
    if (named) return " (" + candidate.path.string() + " is left out: " + candidate.refusal + ")";
  }
  return "";
}

std::vector<std::string> Catalogue::ids(std::string_view kind) {
  files_.inspect_all();
  std::vector<std::string> ids;
  for (const Candidate& candidate : files_.candidates())
    for (const manifest::Description& description : candidate.descriptions)
      if (candidate.refusal.empty() && description.kind == kind) ids.push_back(description.id);
  return ids;
}

std::shared_ptr<const Component> Catalogue::component(std::string_view kind, std::string_view id) {
  const Candidate* found = candidate(kind, id);
  if (found == nullptr) throw PluginError("there is no " + std::string(kind) + " '" + std::string(id) + "'" + refusal(kind, id));
  for (const auto& component : load(*found, warnings_))
    if (component->description.kind == kind && component->description.id == id) return component;
  throw PluginError(found->path.string() + ": has no " + std::string(kind) + " '" + std::string(id) + "' once loaded");
}

}  // namespace treino::host
