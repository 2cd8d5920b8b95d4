// A trained model's outputs, one row per sample, of a sequence one per step, as train/outputs.hpp says what they mean.
#include "base/csv_cell.hpp"
#include "base/figures.hpp"
#include "library/output_file.hpp"
#include "library/trained/trained.hpp"
#include "train/evaluation.hpp"
#include "train/outputs.hpp"
#include "train/plan/target_steps.hpp"

namespace treino::library {

namespace {

/// Rows of CSV.
class Rows {
 public:
  Rows(const treino_problem& problem, std::int64_t steps, std::vector<std::string> target_names)
      : problem_(problem),
        steps_(static_cast<std::size_t>(steps)),
        target_names_(std::move(target_names)),
        classes_(train::are_classes(problem)) {}

  std::string header() const {
    std::string text = steps_ > 1 ? "row,step" : "row";
    if (classes_) text += ",class";
    for (std::int64_t i = 0; i < problem_.outputs; ++i) text += "," + base::csv_cell(column(i));
    return text + "\n";
  }
  std::string rows(std::uint32_t sample, std::span<const float> outputs) {
    const std::size_t width = outputs.size() / steps_;
    std::string text;
    for (std::size_t step = 0; step < steps_; ++step) text += row(sample, step, outputs.subspan(step * width, width));
    return text;
  }

 private:
  std::string row(std::uint32_t sample, std::size_t step, std::span<const float> outputs) {
    std::string text = std::to_string(sample);
    if (steps_ > 1) text += "," + std::to_string(step);
    if (classes_) text += "," + base::csv_cell(predicted_class(outputs));
    probabilities_.assign(outputs.begin(), outputs.end());
    train::to_probabilities(problem_, probabilities_);
    for (const float value : probabilities_) text += "," + base::exact(value);
    return text + "\n";
  }
  std::string class_name(std::int64_t index) const {
    const bool named = problem_.class_names != nullptr && index < problem_.classes;
    return named ? problem_.class_names[index] : std::to_string(index);
  }
  std::string predicted_class(std::span<const float> outputs) const {
    const std::int64_t index = train::predicted_class(problem_, outputs);
    return index < 0 ? "" : class_name(index);
  }
  std::string column(std::int64_t output) const {
    const char* what = problem_.prediction == TREINO_PREDICTION_VALUES ? "output_" : "probability_";
    if (classes_) return what + class_name(problem_.outputs == 1 ? 1 : output);
    if (static_cast<std::size_t>(output) < target_names_.size()) return target_names_[static_cast<std::size_t>(output)];
    return "output_" + std::to_string(output);
  }

  const treino_problem& problem_;
  std::size_t steps_;
  std::vector<std::string> target_names_;
  std::vector<float> probabilities_;
  bool classes_;
};

}  // namespace

std::uint64_t predict(const TrainedOptions& options, const std::filesystem::path& data,
                      const std::optional<std::filesystem::path>& output, const std::optional<Writer>& write) {
  // Without an output the rows themselves are what is printed, and where it names a stream that may be standard output.
  const bool file_of_its_own = output && !is_open_stream(*output);
  std::optional<host::Screen> screen;
  options.open_screen(screen, !file_of_its_own);
  host::Log log(*screen);
  const train::TrainedModel model(options.model);
  std::optional<OutputFile> file;
  if (output) {
    std::vector<std::filesystem::path> inputs = model.files();
    inputs.push_back(data);
    file.emplace(*output, inputs);
  }
  const data::Dataset dataset = train::load_to_predict(model.plan(), model.data().preparation, data);
  const auto run = model.build(dataset.count, log);
  // The target's name is that of outputs which predict it, column by column.
  const train::FurtherOutput* further = run->find_output(options.output_layer);
  const treino_problem& problem = further != nullptr ? further->problem : run->problem();
  const data::Preparation& preparation = model.data().preparation;
  const auto& targets =
      further != nullptr && further->target ? preparation.targets.at(*further->target).names : preparation.target_names;
  const std::int64_t steps = further != nullptr ? further->steps : train::steps_of(run->model.output_shape());
  const bool one_each = steps == 1 && static_cast<std::int64_t>(targets.size()) == problem.outputs;
  Rows rows(problem, steps, one_each ? targets : std::vector<std::string>());
  const auto put = [&](const std::string& text) { file ? file->write(text) : (*write)(text); };
  std::string text = rows.header();
  train::Evaluation(*run).predict(
      dataset,
      [&](std::uint32_t row, std::span<const float> outputs) {
        text += rows.rows(row, outputs);
        if (text.size() < 1 << 16) return;
        put(text);
        text.clear();
      },
      options.output_layer);
  put(text);
  if (file) {
    file->commit();
    screen->line(base::grouped(dataset.count) + " predictions: " + output->string());
  }
  return static_cast<std::uint64_t>(dataset.count);
}

}  // namespace treino::library
