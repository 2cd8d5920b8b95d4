// Calls the parts of planning in their order, and looks at the machine for the number of threads.
#include "train/plan/plan.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "data/reading/read.hpp"
#include "nn/shapes.hpp"
#include "train/plan/data_source.hpp"
#include "train/plan/own_loop.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/trust.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Value;

/// Physical cores that this process may run on: two hardware threads of one core only take turns at its multipliers.
std::int64_t physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::ifstream topology("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
    std::string siblings;
    if (!std::getline(topology, siblings)) siblings = std::to_string(cpu);
    cores.insert(siblings);
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(cores.size()));
}

void look_at_data(Plan& plan, Faults& faults) {
  if (!plan.manifest.data.train || !can_be_opened(plan, *plan.manifest.data.train, plan.in_memory.train != nullptr)) return;
  try {
    const data::Outline outline = data::outline(to_source(plan, *plan.manifest.data.train, plan.in_memory.train));
    plan.input = outline.sample_shape;
    set_inputs(plan, outline.inputs);
  } catch (const data::DataError& error) {
    faults.add(plan.manifest.data.train->file.location, error.what());
    return;
  }
  // With a faulty layer left out, the shapes of those after it would be nonsense.
  if (plan.layers.size() != plan.data_inputs() + plan.manifest.layers.size() || plan.manifest.layers.empty()) return;
  const nn::Topology topology = nn::topology_of(plan.layers);
  if (!topology.faults.empty()) return;  // they have been told
  nn::CheckedShapes checked = nn::check_shapes(plan.layers, topology, *plan.input);
  for (const nn::ShapeError& error : checked.faults) add_layer_fault(plan, error, faults);
  if (checked.faults.empty()) plan.shapes = std::move(checked.shapes);
}

}  // namespace

Plan make_plan(const PlanOptions& options, Faults& faults) {
  Plan plan;
  plan.in_memory = options.in_memory;
  plan.own_loop = options.own_loop;
  const manifest::Reuse reuse = reuse_for(options);
  plan.manifest = options.text ? manifest::read_text(*options.text, options.manifest, options.settings, faults, reuse)
                               : manifest::read(options.manifest, options.settings, faults, reuse);
  if (plan.own_loop)
    prepare_own_loop(plan, faults);
  else if (plan.manifest.run.threads == 0)
    plan.manifest.run.threads = physical_cores();
  std::vector<std::filesystem::path> from_manifest(plan.manifest.plugin_paths.begin(), plan.manifest.plugin_paths.end());
  plan.catalogue = std::make_shared<host::Catalogue>(
      host::finder_options(options.plugin_folders, from_manifest, plan.manifest.allow_unsafe_paths));
  plan_layers(plan, faults);
  check_precision(plan, faults);
  if (options.purpose != PlanOptions::Purpose::prediction) plan_losses(plan, faults);
  if (options.purpose == PlanOptions::Purpose::training) {
    if (plan.manifest.optimizer) plan_optimizer(plan, faults);
    if (plan.manifest.collective) plan.collective = plan_plugin(plan, *plan.manifest.collective, faults);
  }
  // Afterwards the reader may be another one, and need not be there: then it is only looked at whether it is trusted.
  const bool training = options.purpose == PlanOptions::Purpose::training;
  Faults ignored;
  if (training || !options.trusted) plan_readers(plan, training ? faults : ignored);
  const auto plan_each = [&](const std::vector<manifest::PluginSection>& sections, std::vector<PlannedPlugin>& to) {
    for (const auto& section : sections)
      if (auto planned = plan_plugin(plan, section, faults)) to.push_back(std::move(*planned));
  };
  plan_each(plan.manifest.metrics, plan.metrics);
  plan_each(plan.manifest.schedulers, plan.schedulers);
  plan_each(plan.manifest.callbacks, plan.callbacks);
  plan.callbacks = in_order(std::move(plan.callbacks), faults);
  if (plan.own_loop) check_needs(plan, faults);
  if (!options.trusted) check_trust(plan, faults);
  if (options.purpose != PlanOptions::Purpose::training) return plan;
  if (!plan.own_loop) check_run_control(plan, faults);
  // An unknown metric would make every monitor of it look wrong.
  if (plan.metrics.size() == plan.manifest.metrics.size() && plan.callbacks.size() == plan.manifest.callbacks.size())
    check_scalars(plan, faults);
  host::Outputs outputs;
  claim_outputs(plan, options.folder ? std::filesystem::absolute(*options.folder) : expected_folder(plan.manifest), outputs,
                faults);
  if (options.look_at_data) look_at_data(plan, faults);
  return plan;
}

Plan make_plan(const PlanOptions& options) {
  Faults faults;
  Plan plan = make_plan(options, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  return plan;
}

std::vector<std::filesystem::path> input_files(const Plan& plan) {
  std::vector<std::filesystem::path> files = {plan.manifest.file};
  const auto add = [&](const std::string& path) {
    if (!path.empty()) files.emplace_back(path);
  };
  const auto add_data = [&](const std::optional<manifest::FileSection>& section, const auto& memory) {
    if (!section || memory) return;
    add(section->file.value);
    add(section->target_file.value);
  };
  add_data(plan.manifest.data.train, plan.in_memory.train);
  add_data(plan.manifest.data.validation, plan.in_memory.validation);
  add_data(plan.manifest.data.test, plan.in_memory.test);
  const auto add_inputs = [&](const PlannedPlugin& plugin) {
    for (const manifest::Entry& entry : plugin.parameters) {
      const manifest::ParameterDescription* parameter = plugin.description->find(entry.key);
      const std::string* path = entry.value.as<std::string>();
      if (parameter != nullptr && parameter->type == "input" && path != nullptr) add(*path);
    }
  };
  each_plugin(plan, add_inputs);
  return files;
}

}  // namespace treino::train
