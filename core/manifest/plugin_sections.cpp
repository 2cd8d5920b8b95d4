// The host's keys of a plugin are told from the plugin's own, and each instance gets a name that no other has.
#include "manifest/plugin_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "manifest/complete.hpp"
#include "manifest/kind.hpp"
#include "manifest/reading.hpp"
#include "manifest/scalar_names.hpp"
#include "manifest/sections.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

/// `plugn = "mse"`: without its plugin nobody would look at the rest of the table.
void look_for_misspelt_plugin(const Table& rest, const std::string& what, Reading& reading) {
  for (const Entry& entry : rest) {
    const std::string hint = suggestion(entry.key, {"plugin"});
    if (!hint.empty()) reading.faults.add(entry.location, fmt::format("{} has no key '{}'.{}", what, shown(entry.key), hint));
  }
}

std::vector<Located<std::string>> neighbors(const Table& completed, const char* key, const std::string& what, Reading& reading) {
  std::vector<Located<std::string>> result;
  for (const Value& name : get<List>(completed, key))
    if (!refuse_secret(name, fmt::format("{} of {}", key, what), reading))
      result.push_back({*name.as<std::string>(), name.location});
  return result;
}

using Taken = std::map<std::string, const PluginSection*>;

void take_given(PluginSection& plugin, Taken& taken, Reading& reading) {
  if (plugin.name.value.empty()) return;
  const auto [other, fresh] = taken.emplace(plugin.name.value, &plugin);
  if (fresh) return;
  reading.faults.add(plugin.name.location, fmt::format("the name '{}' is taken by the {} at {}", shown(plugin.name.value),
                                                       to_text(other->second->kind), to_text(other->second->id.location)));
}

/// `next`: of each name, the number to try first.
void take_default(PluginSection& plugin, Taken& taken, std::map<std::string, int>& next) {
  if (!plugin.name.value.empty() || plugin.id.value.empty()) return;
  std::string id = default_name(plugin.id.value);
  // As Keras names what belongs to an output.
  if (!plugin.output.value.empty()) id = plugin.output.value + "_" + (plugin.kind == Kind::loss ? "loss" : id);
  std::string name = id;
  if (const auto other = taken.find(name); other != taken.end() && other->second->kind != plugin.kind)
    name = id + "_" + to_text(plugin.kind);
  for (int& number = next.try_emplace(id, 2).first->second; taken.count(name); ++number) name = fmt::format("{}_{}", id, number);
  plugin.name = {name, plugin.id.location};
  taken.emplace(name, &plugin);
}

void check_neighbor(const Located<std::string>& neighbor, const PluginSection& plugin, const std::vector<std::string>& names,
                    Reading& reading) {
  if (neighbor.value == plugin.name.value)
    reading.faults.add(neighbor.location, fmt::format("{} cannot come before or after itself", plugin.name.value));
  else if (std::find(names.begin(), names.end(), neighbor.value) == names.end())
    reading.faults.add(neighbor.location, fmt::format("there is no callback '{}'.{} There are: {}.", shown(neighbor.value),
                                                      suggestion(neighbor.value, names), enumerate(names)));
}

}  // namespace

bool check_id(const Value& id, const std::string& subject, Reading& reading) {
  const std::string& text = *id.as<std::string>();
  const std::size_t slash = text.find('/');
  if (slash == text.npos || text.find('/', slash + 1) != text.npos) return check_name(id, subject, reading);
  Value one = id, other = id;
  one.data = text.substr(0, slash);
  other.data = text.substr(slash + 1);
  return check_name(one, subject, reading) && check_name(other, subject, reading);
}

PluginSection read_plugin(Kind kind, Value& value, Reading& reading) {
  auto& given = std::get<Table>(value.data);
  const Description& host = section(kind);
  PluginSection plugin;
  plugin.kind = kind;
  auto [host_keys, rest] = split_by_keys(host, given);
  const std::string id = get<std::string>(host_keys, "plugin");
  const Value* named = find(host_keys, "plugin");
  const std::string what = !id.empty() && !named->secret ? shown(id) : section_heading(kind);
  const Table completed = complete(host, host_keys, value.location, what, reading.faults);
  if (!find(given, "plugin")) look_for_misspelt_plugin(rest, what, reading);
  if (const Value* found = find(completed, "plugin"); found && check_id(*found, "plugin of " + what, reading))
    plugin.id = located<std::string>(completed, "plugin");
  if (const Value* name = find(completed, "name"); name && check_name(*name, "name of " + what, reading))
    plugin.name = located<std::string>(completed, "name");
  if (const Value* version = find(completed, "version"); version && !refuse_secret(*version, "version of " + what, reading))
    plugin.version = located<std::string>(completed, "version");
  plugin.on_error = get<std::string>(completed, "on_error") == "disable" ? OnError::disable : OnError::stop;
  plugin.unit = located<std::string>(completed, "unit");
  plugin.after = neighbors(completed, "after", what, reading);
  plugin.before = neighbors(completed, "before", what, reading);
  if (const Value* every = find(completed, "every")) plugin.every = *every;
  plugin.weighted = get<bool>(completed, "weighted");
  if (const Value* output = find(completed, "output"); output && !refuse_secret(*output, "output of " + what, reading))
    plugin.output = located<std::string>(completed, "output");
  if (const Value* target = find(completed, "target"))
    plugin.target = {target->location, get<List>(completed, "target"), get<std::string>(completed, "target_kind")};
  else if (const Value* target_kind = find(completed, "target_kind"))
    reading.faults.add(target_kind->location, fmt::format("target_kind of {}: of which target? target names its columns; that of "
                                                          "[data] has its kind there",
                                                          what));
  if (find(completed, "weight")) plugin.weight = get<double>(completed, "weight");
  plugin.parameters = std::move(rest);
  fill(given, completed);
  return plugin;
}

void read_plugins(Kind kind, Value& value, std::vector<PluginSection>& sections, Reading& reading) {
  const std::string& name = to_text(kind);
  auto* list = std::get_if<List>(&value.data);
  const bool one = kind == Kind::loss;  // may also stand alone
  if (value.as<Table>() && one) return sections.push_back(read_plugin(kind, value, reading));
  if (!list && value.as<Table>())
    return reading.faults.add(value.location, fmt::format("there can be several of [{0}]: write [[{0}]]", name));
  if (!list)
    return reading.faults.add(value.location, fmt::format("expected {1} [[{0}]], got {2}", name,
                                                          one ? "a section [loss], or several" : "sections", describe(value)));
  for (Value& element : *list) {
    if (element.as<Table>())
      sections.push_back(read_plugin(kind, element, reading));
    else
      reading.faults.add(element.location, fmt::format("expected a section [[{}]], got {}", name, describe(element)));
  }
}

void write_names(Manifest& manifest) {
  const auto write = [](Value& section_value, const PluginSection& plugin) {
    auto& table = std::get<Table>(section_value.data);
    if (!find(table, "name"))
      fill(table, {{"name", plugin.name.location, Value{plugin.name.value, plugin.name.location, false, {}}}});
  };
  for (const KindTraits& kind : kinds()) {
    Value* value = find(manifest.source, kind.name);
    if (auto* one = section_of(manifest, kind.kind); one && *one) write(*value, **one);
    auto* sections = sections_of(manifest, kind.kind);
    auto* list = value ? std::get_if<List>(&value->data) : nullptr;
    if (sections && sections->size() == 1 && value->as<Table>()) write(*value, sections->front());
    for (std::size_t i = 0; sections && list && list->size() == sections->size() && i < list->size(); ++i)
      write((*list)[i], (*sections)[i]);
  }
}

void name_plugins(Manifest& manifest, Reading& reading) {
  std::vector<PluginSection*> all;
  for (const Sections sections : {Sections::any, Sections::one})
    for (const KindTraits& kind : kinds()) {
      if (kind.sections != sections) continue;
      if (auto* list = sections_of(manifest, kind.kind))
        for (PluginSection& plugin : *list) all.push_back(&plugin);
      if (auto* one = section_of(manifest, kind.kind); one && *one) all.push_back(&**one);
    }
  Taken taken;
  for (PluginSection* plugin : all) take_given(*plugin, taken, reading);
  std::map<std::string, int> next;
  for (PluginSection* plugin : all) take_default(*plugin, taken, next);
}

void check_order(const std::vector<PluginSection>& callbacks, Reading& reading) {
  std::vector<std::string> names;
  for (const PluginSection& callback : callbacks) names.push_back(callback.name.value);
  for (const PluginSection& callback : callbacks) {
    for (const auto& neighbor : callback.after) check_neighbor(neighbor, callback, names, reading);
    for (const auto& neighbor : callback.before) check_neighbor(neighbor, callback, names, reading);
  }
}

}  // namespace treino::manifest
