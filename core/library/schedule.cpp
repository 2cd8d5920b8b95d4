// What the schedulers make of the base learning rate over the run.
#include "library/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/counted.hpp"
#include "base/figures.hpp"
#include "base/input_error.hpp"
#include "host/session/session.hpp"
#include "manifest/run_length.hpp"
#include "train/run/run_data.hpp"

namespace treino::library {

namespace {

constexpr std::uint64_t most_points = 20'000'000;

bool counts_steps(const train::Plan& plan) {
  return std::any_of(plan.schedulers.begin(), plan.schedulers.end(),
                     [](const auto& scheduler) { return scheduler.unit == host::LearningRate::Unit::step; });
}

/// Where nothing counts steps, an epoch is one.
manifest::RunLength length_in_steps(const train::Plan& plan, std::uint64_t steps_per_epoch) {
  manifest::RunSection run = plan.manifest.run;
  if (steps_per_epoch > 0 || (!counts_steps(plan) && !run.steps)) {
    run.accumulate = 1;
    return {run, std::max<std::uint64_t>(steps_per_epoch, 1)};
  }
  const auto samples = train::load_data(plan).training.count;
  return {run, train::training_batches(plan.manifest, samples)};
}

/// "30 epochs of 40 steps", "30 epochs, 700 steps"
std::string text_of(const manifest::RunLength& length) {
  const std::uint64_t alike = length.steps_of_each_epoch(), count = alike > 0 ? alike : length.steps();
  return base::counted(length.epochs(), "epoch", "epochs") + (alike > 0 ? " of " : ", ") +
         base::grouped(static_cast<std::int64_t>(count)) + " " + base::counted_noun(count, "step", "steps");
}

/// The schedulers' own refusals, with their place in the manifest.
[[noreturn]] void fail_in_manifest(const train::Plan& plan, const host::CallError& failure) {
  for (const train::PlannedPlugin& plugin : plan.schedulers)
    if (plugin.name() == failure.instance())
      throw base::InputError(manifest::to_text(plugin.section.id.location) + ": " + failure.what());
  throw failure;
}

std::vector<treino_schedule_point> points_of(const train::Plan& plan, const manifest::RunLength& length, bool each_step) {
  host::Screen screen([](const std::string&) {});
  host::Log log(screen);
  host::Session session(log);
  session.set_child_resolver(train::child_resolver(plan));
  host::LearningRate& learning_rate = session.learning_rate();
  learning_rate.set_base(plan.manifest.learning_rate.value);
  std::vector<treino_schedule_point> points;
  try {
    for (const train::PlannedPlugin& plugin : plan.schedulers)
      learning_rate.add(session.create(plan.catalogue->component(manifest::Kind::scheduler, plugin.section.id.value),
                                       plugin.name(), false, plugin.parameters),
                        plugin.unit);
    learning_rate.prepare(length.epochs(), length.steps_per_epoch(), length.steps());
    manifest::RunLength::Place place;
    for (const std::uint64_t epochs = length.epochs(); place.epoch < epochs; ++place.epoch) {
      const std::uint64_t steps = length.steps_in_epoch(place);
      for (std::uint64_t step = place.steps; step < place.steps + (each_step ? steps : 1); ++step) {
        learning_rate.move_to(step, place.epoch);
        points.push_back({place.epoch, step, learning_rate.learning_rate(), learning_rate.momentum()});
      }
      place.steps += steps;
    }
  } catch (const host::CallError& failure) {
    fail_in_manifest(plan, failure);
  }
  return points;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

}  // namespace

Schedule::Schedule(const train::Plan& plan, std::uint64_t steps_per_epoch) : notes_(plan.catalogue->take_notes()) {
  const manifest::RunLength length = length_in_steps(plan, steps_per_epoch);
  const bool each_step = counts_steps(plan), known = each_step || steps_per_epoch > 0 || plan.manifest.run.steps;
  if ((each_step ? length.steps() : length.epochs()) > most_points)
    throw base::InputError(fmt::format("{} are more than can be shown, {} values: shorten the run with --set run.{}=",
                                       text_of(length), most_points, plan.manifest.run.steps ? "steps" : "epochs"));
  points_ = points_of(plan, length, each_step);
  for (const train::PlannedPlugin& plugin : plan.schedulers) names_.push_back(plugin.name());
  name_texts_ = pointers(names_);
  note_texts_ = pointers(notes_);
  told_.by_step = each_step ? 1 : 0;
  told_.epochs = length.epochs();
  told_.steps = known ? length.steps() : 0;
  told_.steps_per_epoch = known ? length.steps_of_each_epoch() : 0;
  told_.base_learning_rate = plan.manifest.learning_rate.value;
}

treino_schedule Schedule::view() const {
  treino_schedule view = told_;
  view.size = sizeof view;
  view.point_count = points_.size();
  view.points = points_.data();
  view.scheduler_count = static_cast<std::uint32_t>(name_texts_.size());
  view.schedulers = name_texts_.data();
  view.note_count = static_cast<std::uint32_t>(note_texts_.size());
  view.notes = note_texts_.data();
  return view;
}

}  // namespace treino::library
