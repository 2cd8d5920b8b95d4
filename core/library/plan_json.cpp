// Everything that `treino check` shows of a manifest without a fault.
#include "library/plan_json.hpp"

#include <nlohmann/json.hpp>

#include "host/library/events.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/topology.hpp"
#include "train/plan/target_steps.hpp"

namespace treino::library {

namespace {

using nlohmann::json;

json names(const std::vector<train::PlannedPlugin>& plugins) {
  json result = json::array();
  for (const train::PlannedPlugin& plugin : plugins) result.push_back(plugin.name());
  return result;
}

/// "inputs" where a layer reads another than the one before.
json layers(const train::Plan& plan) {
  json result = json::array();
  const std::vector<std::string> names = nn::names_of(plan.layers);
  const nn::Topology topology = nn::topology_of(plan.layers);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    result.push_back({{"type", plan.layers[i].type}, {"name", names[i]}});
    if (i < plan.shapes.size() && !plan.shapes[i].empty()) result.back()["output"] = nn::to_text(plan.shapes[i]);
    if (nn::is_input(plan.layers[i]) || !nn::branches(i, topology.inputs[i])) continue;
    for (const std::size_t input : topology.inputs[i])
      result.back()["inputs"].push_back(input == nn::model_input ? nn::model_input_name : names[input]);
  }
  return result;
}

json events(const train::Plan& plan) {
  json result = json::array();
  for (const host::NamedEvent& event : host::events()) {
    json callbacks = json::array();
    for (const train::PlannedPlugin& callback : plan.callbacks)
      for (const std::string& wanted : callback.description->events)
        if (wanted == event.name) callbacks.push_back(callback.name());
    if (!callbacks.empty()) result.push_back({{"event", event.name}, {"callbacks", std::move(callbacks)}});
  }
  return result;
}

/// "steps" where a layer's output is a sequence: its loss counts each as a sample.
void add_steps(const train::Plan& plan, std::size_t layer, json& to) {
  if (layer < plan.shapes.size() && train::steps_of(plan.shapes[layer]) > 1) to["steps"] = train::steps_of(plan.shapes[layer]);
}

}  // namespace

std::string plan_json(const train::Plan& plan) {
  json result = {
      {"name", plan.manifest.run.name.value},
      {"layers", layers(plan)},
      {"optimizer", {{"plugin", plan.optimizer->section.id.value}, {"learning_rate", plan.manifest.learning_rate.value}}},
      {"loss", plan.loss.name()},
      {"metrics", names(plan.metrics)},
      {"schedulers", names(plan.schedulers)},
      {"callbacks", names(plan.callbacks)},
      {"events", events(plan)},
      {"notes", plan.catalogue->take_notes()}};
  add_steps(plan, plan.layers.size() - 1, result);
  for (const train::PlannedPlugin& loss : plan.further_losses) {
    result["further_losses"].push_back({{"name", loss.name()},
                                        {"plugin", loss.section.id.value},
                                        {"output", loss.section.output.value},
                                        {"weight", loss.section.weight}});
    add_steps(plan, plan.layer_of(loss.section), result["further_losses"].back());
  }
  for (const manifest::OptimizerGroup& group : plan.manifest.optimizer_groups) {
    json shown = {{"match", group.match.value}, {"learning_rate_factor", group.learning_rate_factor}};
    if (group.weight_decay) shown["weight_decay"] = group.weight_decay->value;
    result["optimizer"]["groups"].push_back(std::move(shown));
  }
  if (plan.collective) result["collective"] = plan.collective->name();
  if (plan.manifest.run.shards) result["shards"] = *plan.manifest.run.shards;
  if (plan.input) result["input"] = nn::to_text(*plan.input);
  return result.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace treino::library
