// From a section of the manifest to a plugin that was found, is of the version asked for, and has all its parameters; and the order
// of callbacks.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "host/library/candidate.hpp"
#include "manifest/complete.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/version.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;
using manifest::Table;
using manifest::Value;

/// Completes the child tables of a parameter, in place.
void complete_children(host::Catalogue& catalogue, const manifest::ParameterDescription& parameter, Value& value,
                       const std::filesystem::path& folder, Faults& faults) {
  if (const auto kind = manifest::child_kind(parameter.type)) {
    if (const Table* table = value.as<Table>())
      value.data = complete_child(catalogue, *kind, *table, value.location, folder, faults);
  } else if (const auto item = manifest::child_kind(parameter.items)) {
    if (manifest::List* list = std::get_if<manifest::List>(&value.data))
      for (Value& element : *list)
        if (const Table* table = element.as<Table>())
          element.data = complete_child(catalogue, *item, *table, element.location, folder, faults);
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

/// ". It is a callback: write [[callback]]" where the id is of another kind; without the advice where the manifest was not what named
/// it. A manifest has its one [loss] and [optimizer] already, so that this comes last.
std::string right_section(host::Catalogue& catalogue, manifest::Kind kind, const std::string& id) {
  const auto advice = [&](const std::string& text) {
    return manifest::traits(kind).sections == manifest::Sections::none ? "" : ": write " + text;
  };
  for (const auto sections : {manifest::Sections::any, manifest::Sections::one})
    for (const manifest::KindTraits& other : manifest::kinds())
      if (other.kind != kind && other.sections == sections && catalogue.description(other.kind, id) != nullptr)
        return ". It is " + with_article(other) + advice(manifest::section_heading(other.kind));
  const auto is_called = [&](const manifest::Description& type) { return type.id == id; };
  if (std::any_of(layer_types().begin(), layer_types().end(), is_called))
    return ". It is a layer" + advice("{ type = \"" + id + "\" } among the layers of [model]");
  return "";
}

void report_unknown(host::Catalogue& catalogue, manifest::Kind kind, const std::string& id, const Location& at, Faults& faults,
                    const std::string& more = "") {
  const std::vector<std::string> ids = catalogue.ids(kind);
  const std::string elsewhere = right_section(catalogue, kind, id);
  const std::string nearest = elsewhere.empty() ? manifest::suggestion(id, ids) : "";
  faults.add(at, "there is no " + to_text(kind) + " '" + id + "'" + catalogue.refusal(kind, id) + elsewhere + "." + nearest +
                     (ids.empty() ? " No " + to_text(kind) + " was found at all: see `treino plugins`"
                                  : " There are: " + manifest::enumerate(ids)) +
                     more);
}

/// Where the plugin may lie that is not there.
std::string distrusted(const manifest::Manifest& manifest) {
  if (manifest.distrusted_paths.empty()) return "";
  return ". Not searched, since only the run's folder names it: " + manifest::enumerate(manifest.distrusted_paths) +
         "; where you trust the code there, add --trust";
}

/// What the manifest says of the plugin's version, where that is not a parameter of the plugin's own.
void check_version(const host::Candidate& candidate, const manifest::Description& description, const std::string& range,
                   const Location& at, Faults& faults) {
  if (const std::string fault = manifest::fault_in_range(range); !fault.empty())
    return faults.add(at, "version of " + description.id + ": " + fault);
  if (manifest::in_range(range, description.version)) return;
  const std::string comparable = manifest::is_version(description.version) ? "" : ", which cannot be compared";
  faults.add(at, candidate.path.string() + " holds version " + description.version + " of " + description.id + comparable +
                     "; the manifest takes \"" + range + "\"");
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
    report_unknown(*plan.catalogue, section.kind, section.id.value, section.id.location, faults, distrusted(plan.manifest));
    return std::nullopt;
  }
  const Table* given = &section.parameters;  // which may be long: no copies but where they are needed
  Table with_more;
  const auto add = [&](const char* key, const Value& value) {
    if (given != &with_more) with_more = section.parameters;
    with_more.push_back({key, value.location, value});
    given = &with_more;
  };
  if (const auto& range = section.version; planned.description->find("version") != nullptr && !range.value.empty()) {
    add("version", Value{range.value, range.location, false, {}});
  } else if (!range.value.empty()) {
    check_version(*plan.catalogue->candidate(section.kind, section.id.value), *planned.description, range.value, range.location,
                  faults);
  }
  if (section.every && planned.description->find("every") != nullptr)
    add("every", *section.every);
  else if (section.every)
    planned.every = read_cadence(*section.every, section.name.value, *planned.description, faults);
  planned.parameters = complete_all(*plan.catalogue, *planned.description, *given, section.id.location, section.name.value,
                                    plan.manifest.folder, faults);
  const std::string& unit = section.unit.value.empty() ? planned.description->unit : section.unit.value;
  planned.unit = unit == "step" ? host::LearningRate::Unit::step : host::LearningRate::Unit::epoch;
  // "loss/mse" where a loss and a metric share the id.
  auto pinned = plan.manifest.pinned.find(to_text(section.kind) + "/" + section.id.value);
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
  std::vector<std::set<std::size_t>> later(callbacks.size());  // who must come after each
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
      for (std::size_t i = 0; i < callbacks.size(); ++i)
        if (!placed[i]) ordered.push_back(std::move(callbacks[i]));
      return ordered;
    }
    const std::size_t next = *ready.begin();
    ready.erase(ready.begin());
    placed[next] = true;
    for (const std::size_t other : later[next])
      if (--missing[other] == 0) ready.insert(other);
    ordered.push_back(std::move(callbacks[next]));
  }
  return ordered;
}

namespace {

/// Of a child table: what the host reads, and its plugin does not see.
void erase_host_keys(const manifest::Description& description, Table& table) {
  const bool own_version = description.find("version") != nullptr;
  std::erase_if(table,
                [&](const manifest::Entry& entry) { return entry.key == "plugin" || (entry.key == "version" && !own_version); });
}

}  // namespace

manifest::Table complete_child(host::Catalogue& catalogue, manifest::Kind kind, const Table& given, const Location& at,
                               const std::filesystem::path& folder, Faults& faults) {
  const Value* plugin = manifest::find(given, "plugin");
  const std::string* id = plugin == nullptr ? nullptr : plugin->as<std::string>();
  if (id == nullptr) {
    faults.add(at, with_article(manifest::traits(kind)) + " here is a table like { plugin = \"<id>\", ... }");
    return given;
  }
  if (plugin->secret) {
    faults.add(plugin->location,
               "the id of a plugin is written into the run's files: write it itself, not \"" + plugin->original + "\"");
    return given;
  }
  const manifest::Description* description = catalogue.description(kind, *id);
  if (description == nullptr) {
    report_unknown(catalogue, kind, *id, plugin->location, faults);
    return given;
  }
  Table own = given, host_keys = {{"plugin", plugin->location, *plugin}};
  const Value* range = description->find("version") == nullptr ? manifest::find(given, "version") : nullptr;
  if (range != nullptr) host_keys.push_back({"version", range->location, *range});
  if (const std::string* text = range == nullptr ? nullptr : range->as<std::string>())
    check_version(*catalogue.candidate(kind, *id), *description, *text, range->location, faults);
  else if (range != nullptr)
    faults.add(range->location, "version of " + *id + ": expected a string like \">=1.2\"");
  erase_host_keys(*description, own);
  Table complete = complete_all(catalogue, *description, own, at, *id, folder, faults);
  complete.insert(complete.begin(), host_keys.begin(), host_keys.end());
  return complete;
}

host::Session::ChildResolver child_resolver(const Plan& plan) {
  return [&plan](manifest::Kind kind, Table table) {
    Faults faults;
    Table complete = complete_child(*plan.catalogue, kind, table, {}, plan.manifest.folder, faults);
    if (!faults.empty()) throw manifest::ManifestError(faults);
    const std::string id = *manifest::find(complete, "plugin")->as<std::string>();
    auto component = plan.catalogue->component(kind, id);
    erase_host_keys(component->description, complete);
    return std::pair(std::move(component), std::move(complete));
  };
}

}  // namespace treino::train
