// treino evaluate: loss and metrics of a finished run's model.
#include <unistd.h>

#include "cli/text.hpp"
#include "cli/trained.hpp"

namespace treino::cli {

int evaluate(const CommonOptions& common, const EvaluateOptions& options) {
  host::Screen screen(STDOUT_FILENO, common.quiet);
  host::Log log(screen);
  const auto trainer = load_trained(common, options.folder, options.weights, log);
  data::Dataset other;
  const data::Dataset* dataset = options.part == "train"        ? &trainer->data().training
                                 : options.part == "validation" ? &trainer->data().validation
                                                                : &trainer->data().test;
  if (options.data) {
    other = train::load_like_training(trainer->plan(), trainer->data().preparation, *options.data, options.targets);
    if (other.target_kind == data::TargetKind::none)
      throw data::DataError(options.data->string() +
                            ": has no target to compare with; give --targets, or a file with the target column");
    dataset = &other;
  }
  if (dataset->count == 0)
    throw data::DataError("the run has no " + options.part + " data; choose with --on, or give a file with --data");
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : trainer->test(*dataset, "test_")) rows.push_back({name.substr(5), exact(value)});
  screen.status("");
  print(table(rows, false, screen_width()));
  for (const auto& [name, text] : trainer->reports()) print("\n" + name + "\n" + text + (text.back() == '\n' ? "" : "\n"));
  return exit_done;
}

}  // namespace treino::cli
