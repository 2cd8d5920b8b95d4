// treino evaluate: loss and metrics of a trained model.
#include <unistd.h>

#include <algorithm>

#include "base/input_error.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "library/tables.hpp"
#include "nn/kernels/threads.hpp"
#include "train/evaluation.hpp"
#include "train/trained_model.hpp"

namespace treino::cli {

namespace {

data::Dataset data_of(const train::TrainedModel& model, const EvaluateOptions& options) {
  if (options.data) return train::load_to_evaluate(model.plan(), model.data().preparation, *options.data, options.targets);
  if (!model.knows_data_files())
    throw base::InputError(options.model.string() +
                           ": a model alone does not know its run's data: give a file with --data, or the run's folder");
  return train::load_part(model.plan(), model.data(), options.part);
}

}  // namespace

int evaluate(const CommonOptions& common, const EvaluateOptions& options) {
  host::Screen screen(STDOUT_FILENO, common.quiet);
  host::Log log(screen);
  const nn::ThreadPlacement placement;
  const train::TrainedModel model({options.model, options.weights, common.settings, common.plugin_folders, common.trust,
                                   train::PlanOptions::Purpose::evaluation});
  const data::Dataset dataset = data_of(model, options);
  const auto run = model.build(dataset.count, log);
  train::Evaluation evaluation(*run);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : evaluation.test(dataset, "test_")) rows.push_back({name.substr(5), exact(value)});
  screen.status("");
  print(table(rows, false, screen_width()));
  const auto reports = evaluation.reports();
  const auto has_report = [&](const std::string& name) {
    return std::any_of(reports.begin(), reports.end(), [&](const auto& report) { return "test_" + report.first == name; });
  };
  // A reader that is no terminal has room for everything.
  const std::size_t width = screen.is_terminal() ? screen_width() : std::size_t{1} << 24, height = width;
  for (std::uint32_t i = 0; i < run->session.tables().count(); ++i) {
    const host::Tables::Entry& entry = run->session.tables().at(i);
    if (!entry.present || has_report(entry.name)) continue;
    const std::string text = library::table_text(entry, width, screen.is_terminal() ? 100 : height);
    print("\n" + library::table_heading(entry).substr(5) +
          (text.empty() ? ": too large for the screen; send the output to a file\n" : "\n" + text));
  }
  for (const auto& [name, text] : reports) print("\n" + name + "\n" + text + (text.back() == '\n' ? "" : "\n"));
  return exit_success;
}

}  // namespace treino::cli
