// treino predict: a trained model's outputs, one row a sample. Logits become probabilities here; everything else is written as it
// is.
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/text.hpp"
#include "cli/trained.hpp"
#include "store/atomic_file.hpp"

namespace treino::cli {

namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) result += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return result + "\"";
}

std::vector<double> probabilities(std::span<const float> outputs, const treino_problem& problem) {
  std::vector<double> result(outputs.begin(), outputs.end());
  if (problem.prediction != TREINO_PREDICTION_LOGITS) return result;
  if (problem.independent != 0) {
    for (double& value : result) value = 1 / (1 + std::exp(-value));
    return result;
  }
  const double largest = *std::max_element(result.begin(), result.end());
  double sum = 0;
  for (double& value : result) sum += value = std::exp(value - largest);
  for (double& value : result) value /= sum;
  return result;
}

class Writer {
 public:
  Writer(const treino_problem& problem, std::vector<std::string> target_names)
      : problem_(problem), target_names_(std::move(target_names)), classes_(problem.classes > 0) {}

  std::string header() const {
    std::string text = "row";
    if (classes_) text += ",class";
    for (std::int64_t i = 0; i < problem_.outputs; ++i) text += "," + quoted(column(i));
    return text + "\n";
  }
  std::string row(std::uint32_t index, std::span<const float> outputs) const {
    const std::vector<double> values = probabilities(outputs, problem_);
    std::string text = std::to_string(index);
    if (classes_) text += "," + quoted(class_name(best(values)));
    for (const double value : values) text += "," + exact(static_cast<float>(value));
    return text + "\n";
  }

 private:
  std::string class_name(std::int64_t index) const {
    return problem_.class_names == nullptr ? std::to_string(index) : problem_.class_names[index];
  }
  std::int64_t best(const std::vector<double>& values) const {
    if (values.size() == 1) return values[0] >= 0.5 ? 1 : 0;
    return std::max_element(values.begin(), values.end()) - values.begin();
  }
  std::string column(std::int64_t output) const {
    if (classes_) return "probability_" + class_name(problem_.outputs == 1 ? 1 : output);
    if (static_cast<std::size_t>(output) < target_names_.size()) return target_names_[static_cast<std::size_t>(output)];
    return "output_" + std::to_string(output);
  }
  const treino_problem& problem_;
  std::vector<std::string> target_names_;
  bool classes_;
};

}  // namespace

int predict(const CommonOptions& common, const PredictOptions& options) {
  host::Screen screen(STDOUT_FILENO,
                      common.quiet || !options.output);  // without --output the rows themselves are what is printed
  host::Log log(screen);
  const auto trainer = load_trained(common, options.folder, options.weights, log);
  const data::Dataset dataset =
      train::load_like_training(trainer->plan(), trainer->data().preparation, options.data, std::nullopt);
  const Writer writer(trainer->problem(), trainer->data().training.target_names);
  std::optional<store::AtomicFile> file;
  if (options.output) file.emplace(*options.output);
  bool read = true;
  const auto put = [&](const std::string& text) {
    if (file)
      file->write(text);
    else
      read = read && print_data(text);
  };
  std::string text = writer.header();
  trainer->predict(dataset, [&](std::uint32_t row, std::span<const float> outputs) {
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
  return read ? exit_done : exit_failed;
}

}  // namespace treino::cli
