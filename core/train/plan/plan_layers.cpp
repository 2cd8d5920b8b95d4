// Layers of the manifest, held against their descriptions.
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "manifest/complete.hpp"
#include "manifest/suggestion.hpp"
#include "nn/layers/foreign_layer.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/topology.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/specs.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;
using manifest::Table;
using manifest::Value;

std::vector<std::string> ids_of(const std::vector<manifest::Description>& descriptions) {
  std::vector<std::string> ids;
  ids.reserve(descriptions.size());
  for (const auto& description : descriptions) ids.push_back(description.id);
  return ids;
}

const manifest::Description* find_type(const std::vector<manifest::Description>& types, const std::string& id) {
  const auto found = std::find_if(types.begin(), types.end(), [&](const auto& type) { return type.id == id; });
  return found == types.end() ? nullptr : &*found;
}

/// So that a misspelled key may be one of the section's.
std::vector<manifest::Description> of_kind(const char* kind, std::vector<manifest::Description> types) {
  for (manifest::Description& type : types) type.kind = kind;
  return types;
}

/// The entry's text, or texts, as far as they are texts: what is not has been told of.
std::vector<std::string> texts_of(const Table& table, const char* key) {
  std::vector<std::string> texts;
  const Value* value = manifest::find(table, key);
  if (value == nullptr) return texts;
  if (const std::string* text = value->as<std::string>()) texts.push_back(*text);
  if (const auto* list = value->as<manifest::List>())
    for (const Value& element : *list)
      if (const std::string* text = element.as<std::string>()) texts.push_back(*text);
  return texts;
}

/// Of one of the layer's inputs where it has been given by itself, else of the layer's type.
const Location& location_of(const manifest::TypedSection& section, std::optional<std::size_t> input) {
  const Value* given = input ? manifest::find(section.parameters, "inputs") : nullptr;
  if (given == nullptr) return section.type.location;
  const auto* list = given->as<manifest::List>();
  return list != nullptr && *input < list->size() ? (*list)[*input].location : given->location;
}

/// A plugin's layer before the plugin is there: the numbers of its inputs can be checked, shapes cannot.
class DescribedLayer final : public nn::ForeignLayer {
 public:
  explicit DescribedLayer(const manifest::Description& description)
      : ForeignLayer(description.id, description.least_inputs, description.most_inputs) {}
  void forward(const Forward&) override { throw std::logic_error("the plan of a layer computes nothing"); }
  void backward(const Backward&) override { throw std::logic_error("the plan of a layer computes nothing"); }

 private:
  Plan prepare(std::span<const nn::Shape>) override { return {}; }
};

void report_unknown_type(Plan& plan, const manifest::TypedSection& section, Faults& faults) {
  const std::string& id = section.type.value;
  const bool is_plugin = plan.catalogue->description(manifest::Kind::layer, id) != nullptr;
  const std::string hint =
      is_plugin ? " A plugin is called so: write plugin = \"" + id + "\"." : manifest::suggestion(id, ids_of(layer_types()));
  faults.add(section.type.location,
             "there is no layer '" + id + "'." + hint + " There are: " + manifest::enumerate(ids_of(layer_types())));
}

/// The plugin of a layer; empty where it has a fault.
std::optional<PlannedPlugin> plan_layer_plugin(const Plan& plan, manifest::PluginSection section, const std::string& what,
                                               Faults& faults) {
  if (find_type(layer_types(), section.id.value) != nullptr) {
    faults.add(section.id.location,
               what + ": '" + section.id.value + "' is no plugin: write type = \"" + section.id.value + "\"");
    return std::nullopt;
  }
  section.name = {what, section.id.location};  // for the faults of its parameters
  Faults own;
  std::optional<PlannedPlugin> planned = plan_plugin(plan, section, own);
  for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
  return own.empty() ? planned : std::nullopt;
}

/// Their instances are called like the layers.
void name_layer_plugins(Plan& plan, Faults& faults) {
  const std::vector<std::string> names = nn::names_of(plan.layers);
  for (auto& entry : plan.layer_plugins) {
    const std::size_t number = entry.first;
    PlannedPlugin& plugin = entry.second;
    plugin.section.name.value = names[number];
    manifest::each_plugin_section(plan.manifest, [&](const manifest::PluginSection& other) {
      if (other.name.value == names[number])
        faults.add(plugin.section.id.location, "layer " + std::to_string(number + 1 - plan.data_inputs()) + " is called '" +
                                                   names[number] + "', as the " + to_text(other.kind) + " at " +
                                                   to_text(other.id.location) + ": give one of them another name");
    });
  }
}

/// The settings of a layer; empty where they have a fault.
std::optional<nn::Settings> plan_settings(Plan& plan, const manifest::TypedSection& section, const std::string& what,
                                          Faults& faults) {
  const manifest::Description* type = find_type(layer_types(), section.type.value);
  if (type == nullptr) {
    if (!section.type.value.empty()) report_unknown_type(plan, section, faults);
    return std::nullopt;
  }
  Table parameters = section.parameters;
  std::erase_if(parameters, [](const manifest::Entry& entry) { return entry.key == "name" || entry.key == "inputs"; });
  // The conversion needs every required parameter, so it waits until this layer has no fault of its own.
  Faults own;
  const Table complete = manifest::complete(*type, parameters, section.type.location, what, own);
  for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
  if (!own.empty()) return std::nullopt;
  return to_settings(complete);
}

}  // namespace

void add_layer_fault(const Plan& plan, const nn::ShapeError& error, Faults& faults) {
  const std::size_t inputs = plan.data_inputs();
  if (error.layer() < inputs)
    return faults.add(plan.manifest.data.inputs[error.layer()].name.location, std::string(error.what()) + " (in [data])");
  faults.add(location_of(plan.manifest.layers.at(error.layer() - inputs), error.input()),
             "layer " + std::to_string(error.layer() - inputs + 1) + " " + error.what());
}

void set_inputs(Plan& plan, const std::vector<data::InputShape>& inputs) {
  std::int64_t first = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    plan.layers.at(i) = nn::input_spec(inputs[i].name, first, inputs[i].shape);
    first += inputs[i].size();
  }
}

void plan_layers(Plan& plan, manifest::Faults& faults) {
  for (const manifest::DataInput& input : plan.manifest.data.inputs)
    plan.layers.push_back(nn::input_spec(input.name.value, 0, {}));
  std::vector<nn::LayerSpec> all = plan.layers;  // also those with faults, since others may read them
  for (const manifest::TypedSection& section : plan.manifest.layers) {
    const std::vector<std::string> name = texts_of(section.parameters, "name");
    // The type that inputs have is none of a manifest's.
    const std::string type = nn::is_input({.type = section.type.value, .name = ""}) ? "" : section.type.value;
    all.push_back({type, name.empty() ? "" : name.front(), {}, texts_of(section.parameters, "inputs")});
  }
  const std::size_t inputs = plan.data_inputs();
  const std::optional<std::size_t> main_loss = mark_outputs(plan, all, faults);
  plan.main_loss = main_loss.value_or(0);
  for (std::size_t i = 0; i < plan.manifest.layers.size(); ++i) {
    const manifest::TypedSection& section = plan.manifest.layers[i];
    const std::string what = "layer " + std::to_string(i + 1) + " " + section.type.value;
    nn::LayerSpec& layer = all[inputs + i];
    if (section.plugin) {
      std::optional<PlannedPlugin> plugin = plan_layer_plugin(plan, *section.plugin, what, faults);
      if (!plugin) continue;
      layer.foreign = std::make_shared<DescribedLayer>(*plugin->description);
      plan.layer_plugins.emplace(plan.layers.size(), std::move(*plugin));
      plan.layers.push_back(layer);
    } else if (std::optional<nn::Settings> settings = plan_settings(plan, section, what, faults)) {
      plan.layers.push_back(layer);
      plan.layers.back().settings = std::move(*settings);
    }
  }
  name_layer_plugins(plan, faults);
  // What a misspelled output was to be would look unread.
  if (!main_loss && !plan.manifest.losses.empty())
    for (nn::LayerSpec& layer : all) layer.is_output = true;
  for (const nn::ShapeError& error : nn::topology_of(all).faults) add_layer_fault(plan, error, faults);
}

const std::vector<manifest::Description>& layer_types() {
  static const auto types = of_kind("layer", manifest::parse_type_descriptions(nn::layer_descriptions(), "layers"));
  return types;
}

}  // namespace treino::train
