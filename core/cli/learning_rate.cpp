// treino lr: what the schedulers make of the base rate over the run. Factors that callbacks set depend on the training, so they
// are not in it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/counted.hpp"
#include "base/input_error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/learning_rate_picture.hpp"
#include "cli/output_file.hpp"
#include "cli/text.hpp"
#include "host/session/session.hpp"
#include "train/run/run_data.hpp"

namespace treino::cli {

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

Steps count_steps(const train::Plan& plan, const RateOptions& options) {
  if (options.steps_per_epoch > 0) return {options.steps_per_epoch, 1};
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
  return text + (steps.accumulate.varies() ? ", " : " of ") + grouped(static_cast<std::int64_t>(count)) + " " +
         base::counted_noun(count, "step", "steps");
}

/// The schedulers' own refusals, with their place in the manifest.
[[noreturn]] void fail_in_manifest(const train::Plan& plan, const host::CallError& failure) {
  for (const train::PlannedPlugin& plugin : plan.schedulers)
    if (plugin.name() == failure.instance())
      throw base::InputError(manifest::to_text(plugin.section.id.location) + ": " + failure.what());
  throw failure;
}

std::vector<RatePoint> schedule(const train::Plan& plan, const Steps& steps) {
  host::Screen screen(STDERR_FILENO);
  host::Log log(screen);
  host::Session session(log);
  session.set_child_resolver(train::child_resolver(plan));
  session.learning_rate().set_base(plan.manifest.learning_rate.value);
  const std::uint64_t epochs = plan.manifest.run.epochs;
  const bool each_step = counts_steps(plan);
  if ((each_step ? steps.in_all(epochs) : epochs) > most_points)
    throw base::InputError(fmt::format("{} are more than can be shown, {} values: shorten the run with --set run.epochs=",
                                       length_of(epochs, each_step ? steps : Steps()), most_points));
  std::vector<RatePoint> points;
  try {
    for (const train::PlannedPlugin& plugin : plan.schedulers)
      session.learning_rate().add(session.create(plan.catalogue->component(manifest::Kind::scheduler, plugin.section.id.value),
                                                 plugin.name(), false, plugin.parameters),
                                  plugin.unit);
    session.learning_rate().prepare(epochs, steps.accumulate.varies() ? 0 : steps.in(0), steps.in_all(epochs));
    std::uint64_t first = 0;  // step of the epoch
    for (std::uint64_t epoch = 0; epoch < epochs; first += steps.in(epoch), ++epoch)
      for (std::uint64_t step = first; step < first + (each_step ? steps.in(epoch) : 1); ++step) {
        session.learning_rate().move_to(step, epoch);
        points.push_back({epoch, step, session.learning_rate().learning_rate(), session.learning_rate().momentum()});
      }
  } catch (const host::CallError& failure) {
    fail_in_manifest(plan, failure);
  }
  return points;
}

/// Steps are left empty where nothing has said how many an epoch has.
std::string csv(const std::vector<RatePoint>& points, bool steps) {
  std::string text = "epoch,step,rate,momentum\n";
  for (const RatePoint& point : points)
    text += fmt::format("{},{},{},{}\n", point.epoch, steps ? std::to_string(point.step) : "", exact(point.rate),
                        std::isnan(point.momentum) ? "" : exact(point.momentum));
  return text;
}

std::string short_table(const std::vector<RatePoint>& points, bool steps) {
  const bool momentum =
      std::any_of(points.begin(), points.end(), [](const RatePoint& point) { return !std::isnan(point.momentum); });
  std::vector<std::vector<std::string>> rows = {{"epoch"}};
  if (steps) rows[0].push_back("step");
  rows[0].push_back("learning_rate");
  if (momentum) rows[0].push_back("momentum");
  const std::size_t most = 16;
  const std::size_t count = std::min(points.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const RatePoint& point = points[count == 1 ? 0 : i * (points.size() - 1) / (count - 1)];
    rows.push_back({std::to_string(point.epoch + 1)});
    if (steps) rows.back().push_back(std::to_string(point.step));
    rows.back().push_back(fmt::format("{:.6g}", point.rate));
    if (momentum) rows.back().push_back(std::isnan(point.momentum) ? "" : fmt::format("{:.6g}", point.momentum));
  }
  return table(rows, true, screen_width());
}

/// Below the plot: where its left and right edge are.
std::string time_axis(std::uint64_t epochs, std::size_t margin, std::size_t width) {
  const std::string first = "epoch 1", last = std::to_string(epochs);
  if (epochs < 2 || first.size() + last.size() + 1 > width) return std::string(margin, ' ') + first + "\n";
  return std::string(margin, ' ') + first + std::string(width - first.size() - last.size(), ' ') + last + "\n";
}

}  // namespace

int rate(const CommonOptions& common, const RateOptions& options) {
  const train::Plan plan = train::make_plan({options.manifest, common.settings, common.plugin_folders, false});
  for (const std::string& note : plan.catalogue->take_notes()) std::fprintf(stderr, "%s\n", base::clean_line(note).c_str());
  const Steps steps = count_steps(plan, options);
  const std::vector<RatePoint> points = schedule(plan, steps);
  std::string names;
  for (const train::PlannedPlugin& plugin : plan.schedulers) names += (names.empty() ? "" : " -> ") + plugin.name();
  std::vector<double> rates;
  for (const RatePoint& point : points) rates.push_back(point.rate);
  const std::uint64_t epochs = plan.manifest.run.epochs;
  std::string text = fmt::format("base rate {}{}{}, {}", exact(plan.manifest.learning_rate.value), names.empty() ? "" : " -> ",
                                 names, counts_steps(plan) ? length_of(epochs, steps) : base::counted(epochs, "epoch", "epochs"));
  text = wrap(text, screen_width(), 2) + "\n\n";
  const unsigned columns = std::min(100u, screen_width()), width = columns > 40 ? columns - 16 : 24;
  if (!rates.empty()) {
    const std::string curve = plot(rates, width, 12);
    const std::size_t margin = curve.find(" \u2524") + 2;  // up to the axis, which is one column wide
    text += curve + time_axis(epochs, margin, width) + "\n" + short_table(points, counts_steps(plan));
  }
  std::vector<std::filesystem::path> inputs = train::input_files(plan);
  if (options.csv) write_output(*options.csv, csv(points, counts_steps(plan) || options.steps_per_epoch > 0), inputs);
  if (options.csv) inputs.push_back(*options.csv);
  if (options.svg) write_output(*options.svg, rate_picture(points, epochs, names.empty() ? "no scheduler" : names), inputs);
  print(text);
  return exit_success;
}

}  // namespace treino::cli
