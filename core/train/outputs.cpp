// The one place that knows what logits, probabilities and margins are read as.
#include "train/outputs.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace treino::train {

namespace {

bool is_single(const treino_problem& problem) { return problem.outputs == 1; }

std::int64_t class_above(const treino_problem& problem, std::span<const float> outputs, float border) {
  const bool unknown = std::any_of(outputs.begin(), outputs.end(), [](float value) { return std::isnan(value); });
  if (!are_classes(problem) || unknown) return -1;
  if (is_single(problem)) return outputs[0] > border ? 1 : 0;
  return std::max_element(outputs.begin(), outputs.end()) - outputs.begin();
}

bool are_margins(const treino_problem& problem) {
  return problem.prediction == TREINO_PREDICTION_VALUES && problem.independent != 0;
}

}  // namespace

bool are_classes(const treino_problem& problem) {
  // Outputs in another number than the classes are something else than their scores.
  return problem.classes > 0 && (problem.outputs == problem.classes || (is_single(problem) && problem.classes <= 2));
}

void to_probabilities(const treino_problem& problem, std::span<float> outputs) {
  if (problem.prediction != TREINO_PREDICTION_LOGITS) return;
  if (problem.independent != 0 || is_single(problem)) {
    for (float& value : outputs) value = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(value))));
    return;
  }
  const double largest = *std::max_element(outputs.begin(), outputs.end());
  double sum = 0;
  for (const float value : outputs) sum += std::exp(static_cast<double>(value) - largest);
  for (float& value : outputs) value = static_cast<float>(std::exp(static_cast<double>(value) - largest) / sum);
}

std::int64_t predicted_class(const treino_problem& problem, std::span<const float> outputs) {
  const bool around_zero = problem.prediction == TREINO_PREDICTION_LOGITS || are_margins(problem);
  return class_above(problem, outputs, around_zero ? 0.0f : 0.5f);
}

std::int64_t class_of_probabilities(const treino_problem& problem, std::span<const float> outputs) {
  return class_above(problem, outputs, are_margins(problem) ? 0.0f : 0.5f);
}

}  // namespace treino::train
