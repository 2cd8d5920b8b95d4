#include <algorithm>
#include <set>
#include <unordered_map>

#include "host/library.hpp"
#include "train/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;
using manifest::Table;
using manifest::Value;

bool is_child_type(const std::string& type) { return type == "scheduler" || type == "loss" || type == "metric"; }

/// Completes the child tables of a parameter, in place.
void complete_children(host::Catalogue& catalogue, const manifest::ParameterDescription& parameter, Value& value,
                       const std::filesystem::path& folder, Faults& faults) {
  if (is_child_type(parameter.type)) {
    if (const Table* table = value.as<Table>())
      value.data = complete_child(catalogue, parameter.type, *table, value.location, folder, faults);
  } else if (parameter.type == "list" && is_child_type(parameter.items)) {
    if (manifest::List* list = std::get_if<manifest::List>(&value.data))
      for (Value& element : *list)
        if (const Table* table = element.as<Table>())
          element.data = complete_child(catalogue, parameter.items, *table, element.location, folder, faults);
  }
}

/// `folder`: what relative input paths are relative to.
Table complete_all(host::Catalogue& catalogue, const manifest::Description& description, const Table& given, const Location& at,
                   const std::string& what, const std::filesystem::path& folder, Faults& faults) {
  Table complete = manifest::complete(description, given, at, what, faults, folder);
  for (manifest::Entry& entry : complete)
    if (const auto* parameter = description.find(entry.key))
      complete_children(catalogue, *parameter, entry.value, folder, faults);
  return complete;
}

void report_unknown(host::Catalogue& catalogue, const std::string& kind, const std::string& id, const Location& at,
                    Faults& faults) {
  const std::vector<std::string> ids = catalogue.ids(kind);
  faults.add(at, "there is no " + kind + " '" + id + "'" + catalogue.refusal(kind, id) + "." + manifest::suggestion(id, ids) +
                     (ids.empty() ? " No " + kind + " was found at all: see `treino plugins`"
                                  : " There are: " + manifest::enumerate(ids)));
}

int phase_number(const std::string& phase) {
  static const std::vector<std::string> phases = {"mutate", "measure", "decide", "act", "persist", "report"};
  return static_cast<int>(std::find(phases.begin(), phases.end(), phase) - phases.begin());
}

}  // namespace

std::optional<PlannedPlugin> plan_plugin(const Plan& plan, const manifest::PluginSection& section, Faults& faults) {
  if (section.id.value.empty()) return std::nullopt;  // a fault already
  PlannedPlugin planned;
  planned.section = section;
  planned.description = plan.catalogue->description(section.kind, section.id.value);
  if (planned.description == nullptr) {
    report_unknown(*plan.catalogue, section.kind, section.id.value, section.id.location, faults);
    return std::nullopt;
  }
  planned.parameters = complete_all(*plan.catalogue, *planned.description, section.parameters, section.id.location,
                                    section.name.value, plan.manifest.folder, faults);
  const std::string& unit = section.unit.value.empty() ? planned.description->unit : section.unit.value;
  planned.unit = unit == "step" ? host::RateAuthority::Unit::step : host::RateAuthority::Unit::epoch;
  // "loss/mse" where a loss and a metric share the id.
  auto pinned = plan.manifest.pinned.find(section.kind + "/" + section.id.value);
  if (pinned == plan.manifest.pinned.end()) pinned = plan.manifest.pinned.find(section.id.value);
  const host::Candidate* candidate = plan.catalogue->candidate(section.kind, section.id.value);
  if (pinned != plan.manifest.pinned.end() && candidate->sha256 != pinned->second)
    faults.add(section.id.location, candidate->path.string() + " has SHA-256 " + candidate->sha256 +
                                        ", but [plugins.sha256] pins " + pinned->first + " to " + pinned->second);
  return planned;
}

std::vector<PlannedPlugin> in_order(std::vector<PlannedPlugin> callbacks, Faults& faults) {
  std::stable_sort(callbacks.begin(), callbacks.end(), [](const PlannedPlugin& a, const PlannedPlugin& b) {
    return phase_number(a.description->phase) < phase_number(b.description->phase);
  });
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < callbacks.size(); ++i) places.emplace(callbacks[i].name(), i);
  const auto index_of = [&](const manifest::Located<std::string>& name) -> std::optional<std::size_t> {
    const auto found = places.find(name.value);
    if (found == places.end()) return std::nullopt;  // a fault already
    return found->second;
  };
  std::vector<std::set<std::size_t>> later(callbacks.size());  // who must come behind each
  std::vector<std::size_t> missing(callbacks.size());          // how many must have come before each, and have not
  const auto put = [&](std::size_t first, std::size_t second) {
    if (later[first].insert(second).second) ++missing[second];
  };
  for (std::size_t i = 0; i < callbacks.size(); ++i) {
    for (const auto& name : callbacks[i].section.after)
      if (const auto other = index_of(name)) put(*other, i);
    for (const auto& name : callbacks[i].section.before)
      if (const auto other = index_of(name)) put(i, *other);
  }
  std::vector<PlannedPlugin> ordered;
  std::vector<bool> placed(callbacks.size());
  std::set<std::size_t> ready;
  for (std::size_t i = 0; i < callbacks.size(); ++i)
    if (missing[i] == 0) ready.insert(i);
  while (ordered.size() < callbacks.size()) {
    if (ready.empty()) {
      std::vector<std::string> circle;
      for (std::size_t i = 0; i < callbacks.size(); ++i)
        if (!placed[i]) circle.push_back(callbacks[i].name());
      faults.add(callbacks[static_cast<std::size_t>(std::find(placed.begin(), placed.end(), false) - placed.begin())]
                     .section.id.location,
                 "`after` and `before` go round in a circle: " + manifest::enumerate(circle));
      return callbacks;
    }
    const std::size_t next = *ready.begin();
    ready.erase(ready.begin());
    placed[next] = true;
    for (const std::size_t other : later[next])
      if (--missing[other] == 0) ready.insert(other);
    ordered.push_back(callbacks[next]);
  }
  return ordered;
}

manifest::Table complete_child(host::Catalogue& catalogue, const std::string& kind, const Table& given, const Location& at,
                               const std::filesystem::path& folder, Faults& faults) {
  const Value* plugin = manifest::find(given, "plugin");
  const std::string* id = plugin == nullptr ? nullptr : plugin->as<std::string>();
  if (id == nullptr) {
    faults.add(at, "a " + kind + " here is a table like { plugin = \"<id>\", ... }");
    return given;
  }
  const manifest::Description* description = catalogue.description(kind, *id);
  if (description == nullptr) {
    report_unknown(catalogue, kind, *id, plugin->location, faults);
    return given;
  }
  Table own = given;
  std::erase_if(own, [](const manifest::Entry& entry) { return entry.key == "plugin"; });
  Table complete = complete_all(catalogue, *description, own, at, *id, folder, faults);
  complete.insert(complete.begin(), {"plugin", plugin->location, *plugin});
  return complete;
}

host::Session::ChildResolver child_resolver(const Plan& plan) {
  return [&plan](const std::string& kind, Table table) {
    Faults faults;
    Table complete = complete_child(*plan.catalogue, kind, table, {}, plan.manifest.folder, faults);
    if (!faults.empty()) throw manifest::ManifestError(faults);
    const std::string id = *manifest::find(complete, "plugin")->as<std::string>();
    std::erase_if(complete, [](const manifest::Entry& entry) { return entry.key == "plugin"; });
    return std::pair(plan.catalogue->component(kind, id), std::move(complete));
  };
}

}  // namespace treino::train
