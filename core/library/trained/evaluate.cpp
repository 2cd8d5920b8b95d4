// Loss and metrics of a trained model, and what its metrics have to show beside them.
#include <algorithm>

#include "base/input_error.hpp"
#include "library/tables.hpp"
#include "library/trained/trained.hpp"
#include "train/evaluation.hpp"

namespace treino::library {

namespace {

constexpr std::size_t any_number = std::size_t{1} << 24;

std::string part_name(std::uint32_t part) {
  constexpr const char* names[] = {"train", "validation", "test"};
  if (part >= std::size(names)) throw base::InputError("part " + std::to_string(part) + " is not known: 0 to 2 are");
  return names[part];
}

data::Dataset data_of(const train::TrainedModel& model, const TrainedOptions& options, const treino_evaluation& evaluation) {
  const std::string part = part_name(evaluation.part);
  if (evaluation.data != nullptr) {
    const auto targets = evaluation.targets == nullptr ? std::nullopt : std::optional<std::filesystem::path>(evaluation.targets);
    return train::load_to_evaluate(model.plan(), model.data().preparation, evaluation.data, targets);
  }
  if (evaluation.targets != nullptr) throw base::InputError("targets without data: whose are they?");
  if (!model.knows_data_files())
    throw base::InputError(options.model.model.string() +
                           ": a model alone does not know its run's data: give a file with --data, or the run's folder");
  return train::load_part(model.plan(), model.data(), part);
}

void show_tables(const host::Tables& tables, const std::vector<std::pair<std::string, std::string>>& reports,
                 const treino_evaluation& evaluation) {
  const auto has_report = [&](const std::string& name) {
    return std::any_of(reports.begin(), reports.end(), [&](const auto& report) { return "test_" + report.first == name; });
  };
  const auto limit = [](std::uint32_t number) { return number == 0 ? any_number : number; };
  for (std::uint32_t i = 0; i < tables.count(); ++i) {
    const host::Tables::Entry& entry = tables.at(i);
    if (!entry.present || has_report(entry.name)) continue;
    const std::string text = table_text(entry, limit(evaluation.columns), limit(evaluation.lines));
    evaluation.table(evaluation.context, table_heading(entry).substr(5).c_str(), text.empty() ? nullptr : text.c_str());
  }
  for (const auto& [name, text] : reports) evaluation.table(evaluation.context, name.c_str(), text.c_str());
}

}  // namespace

void evaluate(const TrainedOptions& options, const treino_evaluation& evaluation) {
  std::optional<host::Screen> screen;
  options.open_screen(screen, false);
  host::Log log(*screen);
  train::TrainedModelOptions model_options = options.model;
  model_options.purpose = train::PlanOptions::Purpose::evaluation;
  const train::TrainedModel model(model_options);
  const data::Dataset dataset = data_of(model, options, evaluation);
  const auto run = model.build(dataset.count, log);
  train::Evaluation pass(*run);
  const train::NamedScalars scalars = pass.test(dataset, "test_");
  screen->status("");
  if (evaluation.scalar != nullptr)
    for (const auto& [name, value] : scalars) {
      const treino_scalar scalar{name.c_str() + 5, value};
      evaluation.scalar(evaluation.context, &scalar);
    }
  if (evaluation.table != nullptr) show_tables(run->session.tables(), pass.reports(), evaluation);
}

}  // namespace treino::library
