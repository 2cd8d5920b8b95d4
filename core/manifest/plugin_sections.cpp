#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "manifest/reading.hpp"
#include "manifest/sections.hpp"
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

using Taken = std::map<std::string, const PluginSection*>;

void take_given(PluginSection& plugin, Taken& taken, Reading& reading) {
  if (plugin.name.value.empty()) return;
  const auto [other, fresh] = taken.emplace(plugin.name.value, &plugin);
  if (fresh) return;
  reading.faults.add(plugin.name.location, fmt::format("the name '{}' is taken by the {} at {}", shown(plugin.name.value),
                                                       other->second->kind, to_text(other->second->id.location)));
}

/// `next`: of each name, the number to try first.
void take_default(PluginSection& plugin, Taken& taken, std::map<std::string, int>& next) {
  if (!plugin.name.value.empty() || plugin.id.value.empty()) return;
  const std::string& id = plugin.id.value;
  std::string name = id;
  if (const auto other = taken.find(name); other != taken.end() && other->second->kind != plugin.kind)
    name = id + "_" + plugin.kind;
  for (int& number = next.try_emplace(id, 2).first->second; taken.count(name); ++number) name = fmt::format("{}_{}", id, number);
  plugin.name = {name, plugin.id.location};
  taken.emplace(name, &plugin);
}

void check_neighbour(const Located<std::string>& neighbour, const PluginSection& plugin, const std::vector<std::string>& names,
                     Reading& reading) {
  if (neighbour.value == plugin.name.value)
    reading.faults.add(neighbour.location, fmt::format("{} cannot come before or after itself", plugin.name.value));
  else if (std::find(names.begin(), names.end(), neighbour.value) == names.end())
    reading.faults.add(neighbour.location, fmt::format("there is no callback '{}'.{} There are: {}.", shown(neighbour.value),
                                                       suggestion(neighbour.value, names), enumerate(names)));
}

}  // namespace

PluginSection read_plugin(const std::string& kind, Value& value, Reading& reading) {
  auto& given = std::get<Table>(value.data);
  const Description& host = section(kind);
  PluginSection plugin;
  plugin.kind = kind;
  auto [host_keys, rest] = split_by_keys(host, given);
  const std::string id = get<std::string>(host_keys, "plugin");
  const std::string what = !id.empty() ? shown(id) : kind == "loss" ? "[loss]" : "[[" + kind + "]]";
  const Table completed = complete(host, host_keys, value.location, what, reading.faults);
  if (!find(given, "plugin")) look_for_misspelt_plugin(rest, what, reading);
  if (const Value* found = find(completed, "plugin"); found && check_name(*found, "plugin of " + what, reading))
    plugin.id = located<std::string>(completed, "plugin");
  if (const Value* name = find(completed, "name"); name && check_name(*name, "name of " + what, reading))
    plugin.name = located<std::string>(completed, "name");
  plugin.on_error = get<std::string>(completed, "on_error") == "disable" ? OnError::disable : OnError::stop;
  plugin.unit = located<std::string>(completed, "unit");
  plugin.after = strings(completed, "after");
  plugin.before = strings(completed, "before");
  plugin.parameters = std::move(rest);
  fill(given, completed);
  return plugin;
}

void name_plugins(Manifest& manifest, Reading& reading) {
  std::vector<PluginSection*> all;
  for (auto* list : {&manifest.callbacks, &manifest.schedulers, &manifest.metrics})
    for (PluginSection& plugin : *list) all.push_back(&plugin);
  if (manifest.loss) all.push_back(&*manifest.loss);
  Taken taken;
  for (PluginSection* plugin : all) take_given(*plugin, taken, reading);
  std::map<std::string, int> next;
  for (PluginSection* plugin : all) take_default(*plugin, taken, next);
}

void check_order(const std::vector<PluginSection>& callbacks, Reading& reading) {
  std::vector<std::string> names;
  for (const PluginSection& callback : callbacks) names.push_back(callback.name.value);
  for (const PluginSection& callback : callbacks) {
    for (const auto& neighbour : callback.after) check_neighbour(neighbour, callback, names, reading);
    for (const auto& neighbour : callback.before) check_neighbour(neighbour, callback, names, reading);
  }
}

}  // namespace treino::manifest
