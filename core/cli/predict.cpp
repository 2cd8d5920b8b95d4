// treino predict: a trained model's outputs, one row per sample. Logits become probabilities here; everything else is written as
// it is. The class is the one that metrics count: of a single output, class 1 where it exceeds one half as a probability, or 0 as a
// margin (of the loss hinge), else class 0; of several, the largest one's, of equal ones the first.
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.hpp"
#include "cli/output_file.hpp"
#include "cli/text.hpp"
#include "nn/kernels/threads.hpp"
#include "train/evaluation.hpp"
#include "train/trained_model.hpp"

namespace treino::cli {

namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) result += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return result + "\"";
}

class Writer {
 public:
  Writer(const treino_problem& problem, std::vector<std::string> target_names)
      : problem_(problem),
        target_names_(std::move(target_names)),
        yes_or_no_(problem.outputs == 1),
        // Outputs in another number than the classes are something else than their scores.
        classes_(problem.classes > 0 && (problem.outputs == problem.classes || (yes_or_no_ && problem.classes <= 2))) {}

  std::string header() const {
    std::string text = "row";
    if (classes_) text += ",class";
    for (std::int64_t i = 0; i < problem_.outputs; ++i) text += "," + quoted(column(i));
    return text + "\n";
  }
  std::string row(std::uint32_t index, std::span<const float> outputs) const {
    std::string text = std::to_string(index);
    if (classes_) text += "," + quoted(predicted_class(outputs));
    for (const double value : probabilities(outputs)) text += "," + exact(static_cast<float>(value));
    return text + "\n";
  }

 private:
  bool logits() const { return problem_.prediction == TREINO_PREDICTION_LOGITS; }
  bool margins() const { return problem_.prediction == TREINO_PREDICTION_VALUES && problem_.independent != 0; }

  std::string class_name(std::int64_t index) const {
    const bool named = problem_.class_names != nullptr && index < problem_.classes;
    return named ? problem_.class_names[index] : std::to_string(index);
  }
  /// Decided on the outputs themselves: probabilities of different logits may be equal. Empty where that cannot be told.
  std::string predicted_class(std::span<const float> outputs) const {
    if (std::any_of(outputs.begin(), outputs.end(), [](float value) { return std::isnan(value); })) return "";
    if (yes_or_no_) return class_name(outputs[0] > (logits() || margins() ? 0.0f : 0.5f) ? 1 : 0);
    return class_name(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
  }
  std::vector<double> probabilities(std::span<const float> outputs) const {
    std::vector<double> result(outputs.begin(), outputs.end());
    if (!logits()) return result;
    if (problem_.independent != 0 || yes_or_no_) {
      for (double& value : result) value = 1 / (1 + std::exp(-value));
      return result;
    }
    const double largest = *std::max_element(result.begin(), result.end());
    double sum = 0;
    for (double& value : result) sum += value = std::exp(value - largest);
    for (double& value : result) value /= sum;
    return result;
  }
  std::string column(std::int64_t output) const {
    const char* what = problem_.prediction == TREINO_PREDICTION_VALUES ? "output_" : "probability_";
    if (classes_) return what + class_name(yes_or_no_ ? 1 : output);
    if (static_cast<std::size_t>(output) < target_names_.size()) return target_names_[static_cast<std::size_t>(output)];
    return "output_" + std::to_string(output);
  }

  const treino_problem& problem_;
  std::vector<std::string> target_names_;
  bool yes_or_no_, classes_;
};

}  // namespace

int predict(const CommonOptions& common, const PredictOptions& options) {
  // Without --output the rows themselves are what is printed, and where it names a stream that may be standard output.
  const bool file_of_its_own = options.output && !is_open_stream(*options.output);
  host::Screen screen(STDOUT_FILENO, common.quiet || !file_of_its_own);
  host::Log log(screen);
  const nn::ThreadPlacement placement;
  const train::TrainedModel model({options.model, options.weights, common.settings, common.plugin_folders, common.trust,
                                   train::PlanOptions::Purpose::prediction});
  std::optional<OutputFile> file;
  if (options.output) {
    std::vector<std::filesystem::path> inputs = model.files();
    inputs.push_back(options.data);
    file.emplace(*options.output, inputs);
  }
  const data::Dataset dataset = train::load_to_predict(model.plan(), model.data().preparation, options.data);
  const auto run = model.build(dataset.count, log);
  // The target's name is that of outputs which predict it, column by column.
  const auto& targets = model.data().preparation.target_names;
  const bool one_each = static_cast<std::int64_t>(targets.size()) == run->problem().outputs;
  const Writer writer(run->problem(), one_each ? targets : std::vector<std::string>());
  bool read = true;
  const auto put = [&](const std::string& text) {
    if (file)
      file->write(text);
    else
      read = read && print_data(text);
  };
  std::string text = writer.header();
  train::Evaluation(*run).predict(dataset, [&](std::uint32_t row, std::span<const float> outputs) {
    text += writer.row(row, outputs);
    if (text.size() < 1 << 16) return;
    put(text);
    text.clear();
  });
  put(text);
  if (file) {
    file->commit();
    screen.line(grouped(dataset.count) + " predictions: " + options.output->string());
  }
  return read ? exit_success : exit_failed;
}

}  // namespace treino::cli
