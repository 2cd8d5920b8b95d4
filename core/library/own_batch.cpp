// Memory for the largest batch is taken once.
#include "library/own_batch.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/input_error.hpp"
#include "train/finite.hpp"

namespace treino::library {

using base::InputError;

namespace {

// Sums of a hundred thousand classes in float32, or probabilities in half precision, are further from 1 than a rounding.
constexpr double tolerance = 1e-2;

bool is_probability(float value) { return value >= -tolerance && value <= 1 + tolerance; }

std::string text(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.4g", value);
  return digits;
}

/// "" where the row can be the probabilities that begin was told of.
std::string fault_in_probabilities(const float* row, const treino_problem& problem) {
  const float* odd = std::find_if_not(row, row + problem.outputs, is_probability);
  if (odd != row + problem.outputs)
    return "holds " + text(*odd) +
           ", which is no probability: give probabilities, or tell begin that predictions are TREINO_PREDICTION_LOGITS (before "
           "the " +
           (problem.independent != 0 || problem.outputs == 1 ? "sigmoid" : "softmax") + ") or TREINO_PREDICTION_VALUES";
  const double sum = std::accumulate(row, row + problem.outputs, 0.0);
  if (problem.independent != 0 || problem.outputs == 1 || std::fabs(sum - 1) <= tolerance) return "";
  return "adds up to " + text(sum) + ", not 1: give a softmax's probabilities, or tell begin that the outputs are independent";
}

/// Scores that happen to be probabilities in every row do not exist.
bool are_probabilities(const float* predictions, std::uint64_t samples, std::int64_t outputs) {
  for (std::uint64_t i = 0; i < samples; ++i, predictions += outputs) {
    const bool positive = std::all_of(predictions, predictions + outputs, [](float value) { return value >= 0; });
    if (!positive || std::fabs(std::accumulate(predictions, predictions + outputs, 0.0) - 1) > 1e-4) return false;
  }
  return true;
}

}  // namespace

OwnBatch::OwnBatch(const train::Run& run)
    : problem_(run.problem()),
      views_(run.data.training, problem_.outputs, 1),
      classes_(static_cast<std::size_t>(run.capacity)),
      rows_(static_cast<std::size_t>(run.capacity)) {}

const train::BatchViews& OwnBatch::bind(std::uint64_t samples, const float* predictions, const std::int64_t* labels,
                                        const float* targets) {
  if (predictions == nullptr) throw InputError("metrics: the predictions are missing");
  const bool by_label = problem_.target == TREINO_TARGET_INDEX;
  if (by_label && (labels == nullptr || targets != nullptr))
    throw InputError("metrics: labels are expected, since there are classes");
  if (!by_label && (targets == nullptr || labels != nullptr))
    throw InputError("metrics: targets are expected, not labels, since there are no classes");
  if (first_row_ == 0 && passes_ <= 2) check_first(samples, predictions);
  data::Batch batch;
  batch.count = static_cast<std::int64_t>(samples);
  if (by_label) {
    copy_labels(samples, labels);
    batch.classes = classes_.data();
  } else {
    batch.values = targets;
  }
  std::iota(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(samples), static_cast<std::uint32_t>(first_row_));
  first_row_ += samples;
  batch.indices = rows_.data();
  views_.bind(batch, predictions, nullptr);
  return views_;
}

void OwnBatch::check_first(std::uint64_t samples, const float* predictions) const {
  const bool several = problem_.outputs > 1 && problem_.independent == 0;
  if (problem_.prediction == TREINO_PREDICTION_LOGITS && several && are_probabilities(predictions, samples, problem_.outputs))
    throw InputError(
        "metrics: every row of the predictions adds up to 1, as probabilities do, and begin was told that they are logits: tell "
        "it "
        "TREINO_PREDICTION_PROBABILITIES, or give what comes before the softmax");
  if (problem_.prediction != TREINO_PREDICTION_PROBABILITIES) return;
  for (std::uint64_t i = 0; i < samples; ++i, predictions += problem_.outputs) {
    if (!train::all_finite({predictions, static_cast<std::size_t>(problem_.outputs)})) continue;  // a network that has diverged
    const std::string fault = fault_in_probabilities(predictions, problem_);
    if (!fault.empty()) throw InputError("metrics: row " + std::to_string(i + 1) + " of the predictions " + fault);
  }
}

void OwnBatch::copy_labels(std::uint64_t samples, const std::int64_t* labels) {
  for (std::uint64_t i = 0; i < samples; ++i) {
    if (labels[i] < 0 || labels[i] >= problem_.classes)
      throw InputError("metrics: label " + std::to_string(i + 1) + " of the batch is " + std::to_string(labels[i]) +
                       "; the classes are 0 to " + std::to_string(problem_.classes - 1));
    classes_[i] = static_cast<std::int32_t>(labels[i]);
  }
}

}  // namespace treino::library
