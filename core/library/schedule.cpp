// What the schedulers make of the base learning rate over the run.
#include "library/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/counted.hpp"
#include "base/figures.hpp"
#include "base/input_error.hpp"
#include "host/session/session.hpp"
#include "train/run/run_data.hpp"

namespace treino::library {

namespace {

constexpr std::uint64_t most_points = 20'000'000;

bool counts_steps(const train::Plan& plan) {
  return std::any_of(plan.schedulers.begin(), plan.schedulers.end(),
                     [](const auto& scheduler) { return scheduler.unit == host::LearningRate::Unit::step; });
}

/// How many steps the epochs have.
struct Steps {
  std::uint64_t batches = 1;
  manifest::Accumulation accumulate;

  std::uint64_t in(std::uint64_t epoch) const { return accumulate.steps_in(epoch, batches); }
  std::uint64_t in_all(std::uint64_t epochs) const { return accumulate.steps_in_all(epochs, batches); }
};

Steps count_steps(const train::Plan& plan, std::uint64_t steps_per_epoch) {
  if (steps_per_epoch > 0) return {steps_per_epoch, 1};
  if (!counts_steps(plan)) return {};
  const auto samples = train::load_data(plan).training.count;
  const auto size = plan.manifest.data.batch_size;
  const auto batches = static_cast<std::uint64_t>(plan.manifest.data.drop_last ? samples / size : (samples + size - 1) / size);
  return {std::max<std::uint64_t>(1, batches), plan.manifest.run.accumulate};
}

/// "30 epochs of 40 steps", "30 epochs, 700 steps"
std::string length_of(std::uint64_t epochs, const Steps& steps) {
  const std::string text = base::counted(epochs, "epoch", "epochs");
  const std::uint64_t count = steps.accumulate.varies() ? steps.in_all(epochs) : steps.in(0);
  return text + (steps.accumulate.varies() ? ", " : " of ") + base::grouped(static_cast<std::int64_t>(count)) + " " +
         base::counted_noun(count, "step", "steps");
}

/// The schedulers' own refusals, with their place in the manifest.
[[noreturn]] void fail_in_manifest(const train::Plan& plan, const host::CallError& failure) {
  for (const train::PlannedPlugin& plugin : plan.schedulers)
    if (plugin.name() == failure.instance())
      throw base::InputError(manifest::to_text(plugin.section.id.location) + ": " + failure.what());
  throw failure;
}

std::vector<treino_schedule_point> points_of(const train::Plan& plan, const Steps& steps, bool each_step) {
  host::Screen screen([](const std::string&) {});
  host::Log log(screen);
  host::Session session(log);
  session.set_child_resolver(train::child_resolver(plan));
  host::LearningRate& learning_rate = session.learning_rate();
  learning_rate.set_base(plan.manifest.learning_rate.value);
  const std::uint64_t epochs = plan.manifest.run.epochs;
  std::vector<treino_schedule_point> points;
  try {
    for (const train::PlannedPlugin& plugin : plan.schedulers)
      learning_rate.add(session.create(plan.catalogue->component(manifest::Kind::scheduler, plugin.section.id.value),
                                       plugin.name(), false, plugin.parameters),
                        plugin.unit);
    learning_rate.prepare(epochs, steps.accumulate.varies() ? 0 : steps.in(0), steps.in_all(epochs));
    std::uint64_t first = 0;  // step of the epoch
    for (std::uint64_t epoch = 0; epoch < epochs; first += steps.in(epoch), ++epoch)
      for (std::uint64_t step = first; step < first + (each_step ? steps.in(epoch) : 1); ++step) {
        learning_rate.move_to(step, epoch);
        points.push_back({epoch, step, learning_rate.learning_rate(), learning_rate.momentum()});
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
  const Steps steps = count_steps(plan, steps_per_epoch);
  const bool each_step = counts_steps(plan), known = each_step || steps_per_epoch > 0;
  const std::uint64_t epochs = plan.manifest.run.epochs;
  if ((each_step ? steps.in_all(epochs) : epochs) > most_points)
    throw base::InputError(fmt::format("{} are more than can be shown, {} values: shorten the run with --set run.epochs=",
                                       length_of(epochs, each_step ? steps : Steps()), most_points));
  points_ = points_of(plan, steps, each_step);
  for (const train::PlannedPlugin& plugin : plan.schedulers) names_.push_back(plugin.name());
  name_texts_ = pointers(names_);
  note_texts_ = pointers(notes_);
  told_.by_step = each_step ? 1 : 0;
  told_.epochs = epochs;
  told_.steps = known ? steps.in_all(epochs) : 0;
  told_.steps_per_epoch = known && !steps.accumulate.varies() ? steps.in(0) : 0;
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
