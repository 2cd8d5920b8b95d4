// treino evaluate: loss and metrics of a trained model.
#include <unistd.h>

#include "base/figures.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace treino::cli {

namespace {

Part part_of(const std::string& name) {
  return name == "train" ? Part::train : name == "validation" ? Part::validation : Part::test;
}

}  // namespace

Trained trained(const CommonOptions& common, const std::string& model, const std::optional<std::string>& weights) {
  Trained result(model);
  result.settings(common.settings);
  if (weights) result.weights(*weights);
  for (const std::string& folder : common.plugin_folders) result.plugin_folder(folder);
  if (common.trust) result.trust();
  if (common.quiet) result.quiet();
  return result;
}

int evaluate(const CommonOptions& common, const EvaluateOptions& options) {
  // A reader that is no terminal has room for everything.
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const unsigned columns = terminal ? screen_width() : 0, lines = terminal ? 100 : 0;
  const Trained model = trained(common, options.model, options.weights);
  const Trained::Evaluation evaluation = options.data
                                             ? model.evaluate_file(*options.data, options.targets.value_or(""), columns, lines)
                                             : model.evaluate(part_of(options.part), columns, lines);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : evaluation.scalars) rows.push_back({name, base::exact(value)});
  print(table(rows, false, screen_width()));
  for (const auto& [title, text] : evaluation.tables)
    print("\n" + title +
          (text.empty() ? ": too large for the screen; send the output to a file\n"
                        : "\n" + text + (text.back() == '\n' ? "" : "\n")));
  return exit_success;
}

}  // namespace treino::cli
