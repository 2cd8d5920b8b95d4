// treino lr: what the schedulers make of the base rate over the run. Factors that callbacks set depend on the training, so they
// are not in it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "host/session.hpp"
#include "store/atomic_file.hpp"
#include "train/run_data.hpp"

namespace treino::cli {

namespace {

struct Point {
  std::uint64_t epoch, step;
  double rate, momentum;
};

bool counts_steps(const train::Plan& plan) {
  return std::any_of(plan.schedulers.begin(), plan.schedulers.end(),
                     [](const auto& scheduler) { return scheduler.unit == host::RateAuthority::Unit::step; });
}

std::uint64_t steps_per_epoch(const train::Plan& plan, const RateOptions& options) {
  if (options.steps_per_epoch > 0) return options.steps_per_epoch;
  if (!counts_steps(plan)) return 1;
  const auto samples = train::load_data(plan).training.count;
  const auto size = plan.manifest.data.batch_size;
  const auto batches = static_cast<std::uint64_t>(plan.manifest.data.drop_last ? samples / size : (samples + size - 1) / size);
  return std::max<std::uint64_t>(1, (batches + plan.manifest.run.accumulate - 1) / plan.manifest.run.accumulate);
}

std::vector<Point> schedule(const train::Plan& plan, std::uint64_t steps_per_epoch) {
  host::Screen screen(STDERR_FILENO);
  host::Log log(screen);
  host::Session session(log);
  session.set_child_resolver(train::child_resolver(plan));
  session.rate().set_base(plan.manifest.rate.value);
  for (const train::PlannedPlugin& plugin : plan.schedulers)
    session.rate().add(
        session.create(plan.catalogue->component("scheduler", plugin.section.id.value), plugin.name(), false, plugin.parameters),
        plugin.unit);
  session.rate().prepare(plan.manifest.run.epochs, steps_per_epoch);
  std::vector<Point> points;
  const std::uint64_t per_epoch = counts_steps(plan) ? steps_per_epoch : 1;
  for (std::uint64_t epoch = 0; epoch < plan.manifest.run.epochs; ++epoch)
    for (std::uint64_t step = 0; step < per_epoch; ++step) {
      session.rate().move_to(epoch * steps_per_epoch + step, epoch);
      points.push_back({epoch, epoch * steps_per_epoch + step, session.rate().rate(), session.rate().momentum()});
    }
  return points;
}

std::string csv(const std::vector<Point>& points) {
  std::string text = "epoch,step,rate,momentum\n";
  for (const Point& point : points)
    text += fmt::format("{},{},{},{}\n", point.epoch, point.step, exact(point.rate),
                        std::isnan(point.momentum) ? "" : exact(point.momentum));
  return text;
}

std::string short_table(const std::vector<Point>& points, bool steps) {
  std::vector<std::vector<std::string>> rows = {steps ? std::vector<std::string>{"epoch", "step", "rate"}
                                                      : std::vector<std::string>{"epoch", "rate"}};
  const std::size_t most = 16;
  const std::size_t count = std::min(points.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const Point& point = points[count == 1 ? 0 : i * (points.size() - 1) / (count - 1)];
    rows.push_back({std::to_string(point.epoch + 1)});
    if (steps) rows.back().push_back(std::to_string(point.step));
    rows.back().push_back(fmt::format("{:.6g}", point.rate));
  }
  return table(rows, true, screen_width());
}

}  // namespace

int rate(const CommonOptions& common, const RateOptions& options) {
  const train::Plan plan = train::make_plan({options.manifest, common.settings, common.plugin_folders, false});
  const std::uint64_t steps = steps_per_epoch(plan, options);
  const std::vector<Point> points = schedule(plan, steps);
  std::string names;
  for (const train::PlannedPlugin& plugin : plan.schedulers) names += " -> " + plugin.name();
  std::vector<double> rates;
  for (const Point& point : points) rates.push_back(point.rate);
  std::string text =
      fmt::format("base rate {}{}, {} epochs\n\n", exact(plan.manifest.rate.value), names, plan.manifest.run.epochs);
  const unsigned width = std::min(100u, screen_width());
  text += plot(rates, width > 40 ? width - 16 : 24, 12) + "\n" + short_table(points, counts_steps(plan));
  print(text);
  if (options.csv) store::write_durably(*options.csv, csv(points));
  return exit_done;
}

}  // namespace treino::cli
