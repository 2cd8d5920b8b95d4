// treino evaluate: loss and metrics of a finished run's model.
#include <unistd.h>

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
  for (const auto& [name, text] : trainer->reports()) print("\n" + name + "\n" + text + (text.back() == '\n' ? "" : "\n"));
  return exit_done;
}

}  // namespace treino::cli
