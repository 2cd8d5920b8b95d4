// Layers and the optimizer of the manifest, held against their descriptions.
#include <algorithm>
#include <set>

#include "manifest/complete.hpp"
#include "manifest/suggestion.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/optimizers/optimizer_types.hpp"
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

}  // namespace

void plan_layers(Plan& plan, manifest::Faults& faults) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < plan.manifest.layers.size(); ++i) {
    const manifest::TypedSection& section = plan.manifest.layers[i];
    const std::string what = "layer " + std::to_string(i + 1) + " " + section.type.value;
    const manifest::Description* type = find_type(layer_types(), section.type.value);
    if (type == nullptr) {
      if (!section.type.value.empty())
        faults.add(section.type.location, "there is no layer '" + section.type.value + "'." +
                                              manifest::suggestion(section.type.value, ids_of(layer_types())) +
                                              " There are: " + manifest::enumerate(ids_of(layer_types())));
      continue;
    }
    Table parameters = section.parameters;
    std::string name;
    if (const Value* given = manifest::find(parameters, "name")) {
      if (const std::string* text = given->as<std::string>(); text != nullptr && !text->empty()) {
        name = *text;
        if (!names.insert(name).second) faults.add(given->location, "another layer is called '" + name + "' already");
      } else {
        faults.add(given->location, what + ": name is a string that is not empty");
      }
      std::erase_if(parameters, [](const manifest::Entry& entry) { return entry.key == "name"; });
    }
    // The conversion needs every required parameter, so it waits until this layer has no fault of its own.
    Faults own;
    const Table complete = manifest::complete(*type, parameters, section.type.location, what, own);
    for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
    if (own.empty()) plan.layers.push_back({section.type.value, name, to_settings(complete)});
  }
}

void plan_optimizer(Plan& plan, manifest::Faults& faults) {
  const manifest::TypedSection& section = plan.manifest.optimizer;
  if (section.type.value.empty()) return;
  const manifest::Description* type = find_type(optimizer_types(), section.type.value);
  if (type == nullptr) {
    faults.add(section.type.location, "there is no optimizer '" + section.type.value + "'." +
                                          manifest::suggestion(section.type.value, ids_of(optimizer_types())) +
                                          " There are: " + manifest::enumerate(ids_of(optimizer_types())));
    return;
  }
  Faults own;
  const Table complete = manifest::complete(*type, section.parameters, section.type.location, section.type.value, own);
  for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
  if (own.empty()) plan.optimizer = {section.type.value, to_settings(complete)};
}

const std::vector<manifest::Description>& layer_types() {
  static const auto types = of_kind("layer", manifest::parse_type_descriptions(nn::layer_descriptions(), "layers"));
  return types;
}

const std::vector<manifest::Description>& optimizer_types() {
  static const auto types = of_kind("optimizer", manifest::parse_type_descriptions(nn::optimizer_descriptions(), "optimizers"));
  return types;
}

}  // namespace treino::train
