// The parts of make_plan: each checks one side of the manifest and adds its faults.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "manifest/read.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

manifest::Reuse reuse_for(const PlanOptions& options);
void plan_layers(Plan& plan, manifest::Faults& faults);
/// At the layer that the error tells of, or at its input.
void add_layer_fault(const Plan& plan, const nn::ShapeError& error, manifest::Faults& faults);
/// Which layers put out what losses and metrics look at: marks them among `layers`, which are all that the manifest has. Returns the
/// number, among [[loss]], of the last layer's; nothing after a fault.
std::optional<std::size_t> mark_outputs(const Plan& plan, std::vector<nn::LayerSpec>& layers, manifest::Faults& faults);
/// Names of the scalars that tell the single losses, that of the last layer's output first; none where there is one loss.
std::vector<std::string> loss_scalars(const Plan& plan);
/// That what [run] asks for can happen: validation where there are data for it, within the run's length.
void check_run_control(const Plan& plan, manifest::Faults& faults);
/// That this processor, and all layers, can compute in the precision that the manifest asks for.
void check_precision(const Plan& plan, manifest::Faults& faults);
void plan_losses(Plan& plan, manifest::Faults& faults);
void plan_optimizer(Plan& plan, manifest::Faults& faults);
void plan_readers(Plan& plan, manifest::Faults& faults);
/// The plugin that reads a file, or another one in its place. Empty where there is none, or its parameters are at fault.
std::optional<PlannedPlugin> plan_reader(const Plan& plan, const manifest::FileSection& file, const std::filesystem::path& path,
                                         manifest::Faults& faults);
/// Empty where there is no such plugin.
std::optional<PlannedPlugin> plan_plugin(const Plan& plan, const manifest::PluginSection& section, manifest::Faults& faults);
/// `every` of a callback: by steps or epochs, and of events that it receives. Empty after a fault.
std::optional<manifest::Cadence> read_cadence(const manifest::Value& value, const std::string& who,
                                              const manifest::Description& description, manifest::Faults& faults);
/// By phase, then by place in the manifest, moved only as far as `after` and `before` ask.
std::vector<PlannedPlugin> in_order(std::vector<PlannedPlugin> callbacks, manifest::Faults& faults);
/// That the scalars exist which callbacks name in monitors and placeholders, and, as far as descriptions tell, that monitors with
/// `mode = "auto"` say which way is better.
void check_scalars(const Plan& plan, manifest::Faults& faults);

/// Calls function(plugin) for each that the plan has.
template <class Function>
void each_plugin(const Plan& plan, Function&& function) {
  for (const auto& [number, plugin] : plan.layer_plugins) function(plugin);
  if (plan.loss.description != nullptr) function(plan.loss);
  for (const PlannedPlugin& loss : plan.further_losses) function(loss);
  if (plan.optimizer) function(*plan.optimizer);
  if (plan.collective) function(*plan.collective);
  for (const auto* list : {&plan.readers, &plan.metrics, &plan.schedulers, &plan.callbacks})
    for (const PlannedPlugin& plugin : *list) function(plugin);
}

/// Where a run of this manifest would write, with 001 for a number.
std::filesystem::path expected_folder(const manifest::Manifest& manifest);

/// That callbacks with `mode = "auto"` monitor scalars that say which way is better. `lacks_direction` tells of a scalar's name
/// that it is known not to: by descriptions, or once all scalars are declared.
void check_monitor_modes(const Plan& plan, const std::function<bool(const std::string&)>& lacks_direction,
                         manifest::Faults& faults);

}  // namespace treino::train
