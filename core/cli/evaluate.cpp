// treino evaluate: loss and metrics of a finished run's model.
#include <unistd.h>

#include <algorithm>

#include "cli/tables.hpp"
#include "cli/text.hpp"
#include "cli/trained.hpp"

namespace treino::cli {

int evaluate(const CommonOptions& common, const EvaluateOptions& options) {
  host::Screen screen(STDOUT_FILENO, common.quiet);
  host::Log log(screen);
  const TrainedRun run(common, options.folder, options.weights, TrainedRun::Purpose::evaluation);
  const data::Dataset dataset = options.data
                                    ? train::load_to_evaluate(run.plan(), run.data().preparation, *options.data, options.targets)
                                    : train::load_part(run.plan(), run.data(), options.part);
  const auto trainer = run.model(dataset.count, log);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : trainer->test(dataset, "test_")) rows.push_back({name.substr(5), exact(value)});
  screen.status("");
  print(table(rows, false, screen_width()));
  const auto reports = trainer->reports();
  const auto has_report = [&](const std::string& name) {
    return std::any_of(reports.begin(), reports.end(), [&](const auto& report) { return "test_" + report.first == name; });
  };
  // A reader that is no terminal has room for everything.
  const std::size_t width = screen.is_terminal() ? screen_width() : std::size_t{1} << 24, height = width;
  for (std::uint32_t i = 0; i < trainer->tables().count(); ++i) {
    const host::Tables::Entry& entry = trainer->tables().at(i);
    if (!entry.present || has_report(entry.name)) continue;
    const std::string text = table_text(entry, width, screen.is_terminal() ? 100 : height);
    print("\n" + table_heading(entry).substr(5) +
          (text.empty() ? ": too large for the screen; send the output to a file\n" : "\n" + text));
  }
  for (const auto& [name, text] : reports) print("\n" + name + "\n" + text + (text.back() == '\n' ? "" : "\n"));
  return exit_success;
}

}  // namespace treino::cli
