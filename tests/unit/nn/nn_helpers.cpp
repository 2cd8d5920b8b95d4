// What the tests of the engine share: small models, batches, and gradients by finite differences.
#include "nn_helpers.hpp"

#include <toml++/toml.h>

#include <map>

#include "nn/layers/layer_types.hpp"

namespace treino::nn::test {
namespace {

using Defaults = std::map<std::string, Settings>;

Settings::Value value_of(const toml::node& node) {
  if (const auto truth = node.value_exact<bool>()) return *truth;
  if (const auto integer = node.value_exact<std::int64_t>()) return *integer;
  if (const auto number = node.value_exact<double>()) return *number;
  if (const auto text = node.value_exact<std::string>()) return *text;
  Sizes sizes;
  for (const toml::node& element : *node.as_array()) sizes.push_back(element.value<std::int64_t>().value());
  return sizes;
}

Defaults defaults_of(const std::string& descriptions) {
  Defaults all;
  const toml::table document = toml::parse(descriptions);
  for (const toml::node& type : *document["type"].as_array()) {
    Settings& settings = all[type.as_table()->at("id").value<std::string>().value()];
    const toml::table* parameters = (*type.as_table())["parameters"].as_table();
    if (parameters == nullptr) continue;
    for (const auto& [name, parameter] : *parameters)
      if (const toml::node* value = parameter.as_table()->get("default")) settings.set(std::string(name.str()), value_of(*value));
  }
  return all;
}

Settings settings_of(const Defaults& all, const std::string& type) {
  const auto found = all.find(type);
  return found == all.end() ? Settings() : found->second;
}

}  // namespace

LayerSpec layer(const std::string& type, const std::string& name) {
  static const Defaults defaults = defaults_of(layer_descriptions());
  return {type, name, settings_of(defaults, type)};
}

LayerSpec dense(std::int64_t units, const std::string& initializer) {
  return with(with(layer("dense"), "units", units), "initializer", initializer);
}

LayerSpec windowed(const std::string& type, Sizes kernel, Sizes stride, Sizes padding, bool same) {
  LayerSpec spec = layer(type);
  spec.settings.set("kernel", std::move(kernel));
  spec.settings.set("stride", std::move(stride));
  spec.settings.set("padding", std::move(padding));
  spec.settings.set("same_padding", same);
  return spec;
}

LayerSpec conv2d(std::int64_t filters, Sizes kernel, Sizes stride, Sizes padding, bool same) {
  return with(windowed("conv2d", std::move(kernel), std::move(stride), std::move(padding), same), "filters", filters);
}

}  // namespace treino::nn::test
