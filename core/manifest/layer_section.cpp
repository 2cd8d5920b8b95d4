// A layer is of one of the model's own types, or a plugin computes it: what both have in common is read here, the rest is held
// against the description of the one or the other by whoever knows these.
#include "manifest/layer_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "manifest/complete.hpp"
#include "manifest/plugin_sections.hpp"
#include "manifest/sections.hpp"

namespace treino::manifest {
namespace {

void check_layer_name(const Value& name, const std::string& what, const std::vector<DataInput>& inputs,
                      std::set<std::string>& names, Reading& reading) {
  const auto& text = *name.as<std::string>();
  const bool is_input = text == "input";
  if (!is_input && names.insert(text).second) return;
  const bool is_data = std::any_of(inputs.begin(), inputs.end(), [&](const DataInput& each) { return each.name.value == text; });
  reading.faults.add(name.location, fmt::format("name of {}: {} has it already", what,
                                                is_input  ? "the model's input"
                                                : is_data ? "an input of [data]"
                                                          : "another layer"));
}

/// One of them says what the layer is.
void check_type_or_plugin(const Table& given, const Value& value, const std::string& what, Reading& reading) {
  const Value *type = find(given, "type"), *plugin = find(given, "plugin"), *version = find(given, "version");
  if (type && plugin)
    reading.faults.add(plugin->location, what + " has a type and a plugin: write one of them");
  else if (!type && !plugin)
    reading.faults.add(value.location, what + " needs the key 'type', what kind of layer it is, or 'plugin', who computes it");
  else if (version && !plugin)
    reading.faults.add(version->location, what + " has no key 'version', which is for plugins");
}

PluginSection read_plugin_keys(const Table& host, const std::string& what, Reading& reading) {
  PluginSection plugin;
  plugin.kind = Kind::layer;
  if (check_id(*find(host, "plugin"), "plugin of " + what, reading)) plugin.id = located<std::string>(host, "plugin");
  if (const Value* version = find(host, "version"); version && !refuse_secret(*version, "version of " + what, reading))
    plugin.version = located<std::string>(host, "version");
  return plugin;
}

}  // namespace

TypedSection read_layer(const Value& value, const Manifest& manifest, std::set<std::string>& names, Reading& reading) {
  const Table& given = *value.as<Table>();
  const std::string what = fmt::format("layer {}", manifest.layers.size() + 1);
  const Description& keys = section(Kind::layer);
  auto [host_keys, rest] = split_by_keys(keys, given);
  const Table host = complete(keys, host_keys, value.location, what, reading.faults);
  check_type_or_plugin(given, value, what, reading);
  const Value* name = find(host, "name");
  if (name && check_name(*name, "name of " + what, reading)) check_layer_name(*name, what, manifest.data.inputs, names, reading);
  if (const Value* inputs = find(host, "inputs"); inputs && inputs->as<List>()->empty())
    reading.faults.add(inputs->location, fmt::format("inputs of {}: expected names; left out, it reads the layer before", what));
  const Value* type = find(host, "type");
  if (type && refuse_secret(*type, "type of " + what, reading)) return {};
  TypedSection layer{located<std::string>(host, "type"), {}, {}};
  if (!type && find(host, "plugin")) {
    layer.plugin = read_plugin_keys(host, what, reading);
    layer.plugin->parameters = std::move(rest);
    layer.type = layer.plugin->id;
  }
  std::copy_if(given.begin(), given.end(), std::back_inserter(layer.parameters),
               [](const Entry& entry) { return entry.key != "type" && entry.key != "plugin" && entry.key != "version"; });
  return layer;
}

}  // namespace treino::manifest
