// Creates them in this order: a scheduler may need nothing, a callback may need any scalar that is declared before it.
#include "train/run/create_plugins.hpp"

#include <algorithm>
#include <cmath>

#include "train/plan/fixed_settings.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/run/create_measures.hpp"
#include "train/run/create_optimizer.hpp"
#include "train/run/run.hpp"
#include "train/run/table_files.hpp"

namespace treino::train {

namespace {

/// Output files lie in the run's folder.
void place_outputs(const Run& run, const manifest::Description& description, manifest::Table& parameters) {
  for (manifest::Entry& entry : parameters) {
    const manifest::ParameterDescription* parameter = description.find(entry.key);
    std::string* text = std::get_if<std::string>(&entry.value.data);
    if (parameter != nullptr && parameter->type == "output" && text != nullptr)
      *text = output_path(run.plan, run.folder, *text).string();
  }
}

void claim_output_files(Run& run) {
  manifest::Faults faults;
  claim_outputs(run.plan, run.folder, run.session.outputs(), faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

void announce_scalars(Run& run) {
  naming_one_of(run.plan.metrics, [&] {
    run.training_scalars = add_pass_scalars(run, "");
    if (run.data.record.validation_samples > 0) run.validation_scalars = add_pass_scalars(run, "val_");
  });
}

void create_schedulers(Run& run) {
  host::LearningRate& learning_rate = run.session.learning_rate();
  learning_rate.set_base(run.plan.manifest.learning_rate.value);
  for (const PlannedPlugin& plugin : run.plan.schedulers) learning_rate.add(create_plugin(run, plugin), plugin.unit);
  const manifest::RunLength length = run.planned_length();
  naming_one_of(run.plan.schedulers, [&] { learning_rate.prepare(length.epochs(), length.steps_per_epoch(), length.steps()); });
}

/// A scheduler that gives a momentum needs an optimizer that takes it.
void check_momentum(Run& run) {
  run.session.learning_rate().move_to(0, 0);
  // A program that has the optimizer takes it from where it gets the learning rate.
  if (!run.plan.optimizer || std::isnan(run.session.learning_rate().momentum()) || run.optimizer.takes_momentum()) return;
  const bool has_parameter = run.plan.optimizer->description->find("momentum") != nullptr;
  refuse(*run.plan.optimizer, "a scheduler sets the momentum, and the optimizer " + run.plan.optimizer->description->id +
                                  " takes none: " + (has_parameter ? "give it `momentum` above 0" : "take another optimizer") +
                                  ", or leave the scheduler's momentum out");
}

void check_monitors(Run& run) {
  const host::Scalars& scalars = run.session.scalars();
  const auto lacks_direction = [&](const std::string& name) {
    const auto scalar = scalars.find(name);
    return scalar && scalars.direction(*scalar) == TREINO_NO_DIRECTION;
  };
  manifest::Faults faults;
  check_monitor_modes(run.plan, lacks_direction, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

/// What rank 0's callbacks log, the others do not know: a callback that decides in each of them cannot monitor it.
void check_monitors_of_all_ranks(Run& run) {
  const host::Scalars& scalars = run.session.scalars();
  const auto is_of_rank_0 = [&](const std::string& owner) {
    return std::any_of(run.plan.callbacks.begin(), run.plan.callbacks.end(), [&](const PlannedPlugin& callback) {
      return callback.name() == owner && !callback.description->all_ranks;
    });
  };
  manifest::Faults faults;
  for (const PlannedPlugin& callback : run.plan.callbacks)
    for (const manifest::Entry& entry : callback.parameters) {
      const auto* parameter = callback.description->find(entry.key);
      const std::string* name = entry.value.as<std::string>();
      if (!callback.description->all_ranks || parameter == nullptr || parameter->type != "monitor" || name == nullptr) continue;
      if (const auto scalar = scalars.find(*name); scalar && is_of_rank_0(scalars.owner(*scalar)))
        faults.add(entry.value.location, callback.name() + ": '" + *name + "' is logged by " + scalars.owner(*scalar) +
                                             " on rank 0 alone, and " + callback.name() +
                                             " runs in each of the processes: monitor a loss or metric, or take one process");
    }
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

void log_notes(Run& run) {
  for (const std::string& note : run.plan.catalogue->take_notes()) run.session.log().message(host::Log::Level::info, "", note);
  for (const std::string& warning : run.plan.catalogue->take_warnings()) run.warn(warning);
}

}  // namespace

void refuse(const PlannedPlugin& plugin, const std::string& text) {
  manifest::Faults faults;
  faults.add(plugin.section.id.location, text);
  throw manifest::ManifestError(faults);
}

host::Instance& create_plugin(Run& run, const PlannedPlugin& plugin) {
  manifest::Table parameters = plugin.parameters;
  place_outputs(run, *plugin.description, parameters);
  const bool may_disable = plugin.section.on_error == manifest::OnError::disable;
  run.digests[plugin.name()] = digest(plugin.parameters);
  const auto component = run.plan.catalogue->component(plugin.section.kind, plugin.section.id.value);
  return in_manifest(plugin,
                     [&]() -> host::Instance& { return run.session.create(component, plugin.name(), may_disable, parameters); });
}

void create_children_from(Run& run) {
  run.session.set_child_resolver([&run, complete = child_resolver(run.plan)](manifest::Kind kind, manifest::Table given) {
    auto child = complete(kind, std::move(given));
    place_outputs(run, child.first->description, child.second);
    return child;
  });
}

void create_plugins(Run& run) {
  claim_output_files(run);
  if (run.plan.loss.description != nullptr || run.plan.own_loop) {
    create_measures(run);
    announce_scalars(run);
  }
  if (run.use == Run::Use::training) claim_table_files(run);
  create_optimizer(run);
  create_schedulers(run);
  check_momentum(run);
  for (const PlannedPlugin& plugin : run.plan.callbacks)
    if (run.processes->is_first() || plugin.description->all_ranks)
      if (const host::Instance& callback = create_plugin(run, plugin); plugin.every)
        run.session.listeners().set_cadence(callback, *plugin.every);
  check_monitors(run);
  if (run.processes->is_first() && !run.processes->are_one()) check_monitors_of_all_ranks(run);
  log_notes(run);
  run.session.set_running();
}

}  // namespace treino::train
