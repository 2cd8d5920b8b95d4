// treino lr: what the schedulers make of the base learning rate over the run. Factors that callbacks set depend on the training, so
// they are not in it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

#include "base/counted.hpp"
#include "base/figures.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/learning_rate_picture.hpp"
#include "cli/text.hpp"

namespace treino::cli {

namespace {

using base::exact;
using Points = std::span<const treino_schedule_point>;

/// "30 epochs of 40 steps", "30 epochs, 700 steps", "30 epochs"
std::string length_of(const treino_schedule& schedule) {
  std::string text = base::counted(schedule.epochs, "epoch", "epochs");
  if (schedule.by_step == 0) return text;
  const bool alike = schedule.steps_per_epoch > 0;
  const std::uint64_t count = alike ? schedule.steps_per_epoch : schedule.steps;
  return text + (alike ? " of " : ", ") + base::grouped(static_cast<std::int64_t>(count)) + " " +
         base::counted_noun(count, "step", "steps");
}

/// Steps are left empty where nothing has said how many an epoch has.
std::string csv(const Points& points, bool steps) {
  std::string text = "epoch,step,learning_rate,momentum\n";
  for (const treino_schedule_point& point : points)
    text += fmt::format("{},{},{},{}\n", point.epoch, steps ? std::to_string(point.step) : "", exact(point.learning_rate),
                        std::isnan(point.momentum) ? "" : exact(point.momentum));
  return text;
}

std::string short_table(const Points& points, bool steps) {
  const bool momentum = std::any_of(points.begin(), points.end(), [](const auto& point) { return !std::isnan(point.momentum); });
  std::vector<std::vector<std::string>> rows = {{"epoch"}};
  if (steps) rows[0].push_back("step");
  rows[0].push_back("learning_rate");
  if (momentum) rows[0].push_back("momentum");
  const std::size_t most = 16;
  const std::size_t count = std::min(points.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const treino_schedule_point& point = points[count == 1 ? 0 : i * (points.size() - 1) / (count - 1)];
    rows.push_back({std::to_string(point.epoch + 1)});
    if (steps) rows.back().push_back(std::to_string(point.step));
    rows.back().push_back(fmt::format("{:.6g}", point.learning_rate));
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

/// The names of the schedulers, in their order.
std::string chain(const treino_schedule& schedule) {
  std::string names;
  for (const char* name : std::span(schedule.schedulers, schedule.scheduler_count))
    names += (names.empty() ? "" : " -> ") + std::string(name);
  return names;
}

std::string screen_text(const treino_schedule& schedule, const Points& points) {
  const std::string names = chain(schedule);
  std::string text = fmt::format("base learning rate {}{}{}, {}", exact(schedule.base_learning_rate), names.empty() ? "" : " -> ",
                                 names, length_of(schedule));
  text = wrap(text, screen_width(), 2) + "\n\n";
  if (points.empty()) return text;
  const unsigned columns = std::min(100u, screen_width()), width = columns > 40 ? columns - 16 : 24;
  std::vector<double> values;
  for (const treino_schedule_point& point : points) values.push_back(point.learning_rate);
  const std::string curve = plot(values, width, 12);
  const std::size_t margin = curve.find(" \u2524") + 2;  // up to the axis, which is one column wide
  return text + curve + time_axis(schedule.epochs, margin, width) + "\n" + short_table(points, schedule.by_step != 0);
}

}  // namespace

int learning_rate(const CommonOptions& common, const LearningRateOptions& options) {
  Run run(options.manifest, common.settings);
  for (const std::string& folder : common.plugin_folders) run.plugin_folder(folder);
  std::vector<std::string> inputs;
  if (options.csv || options.svg) inputs = run.input_files();
  const treino_schedule schedule = run.schedule(options.steps_per_epoch);
  for (const char* note : std::span(schedule.notes, schedule.note_count))
    std::fprintf(stderr, "%s\n", base::clean_line(note).c_str());
  const Points points(schedule.points, schedule.point_count);
  const std::string names = chain(schedule);
  if (options.csv) write_file(*options.csv, csv(points, schedule.steps > 0), inputs);
  if (options.csv) inputs.push_back(*options.csv);
  if (options.svg)
    write_file(*options.svg, learning_rate_picture(points, schedule.epochs, names.empty() ? "no scheduler" : names), inputs);
  print(screen_text(schedule, points));
  return exit_success;
}

}  // namespace treino::cli
