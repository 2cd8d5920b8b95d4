// Memory for the largest batch is taken once.
#include "library/own_batch.hpp"

#include <numeric>

#include "base/input_error.hpp"

namespace treino::library {

using base::InputError;

OwnBatch::OwnBatch(const train::Run& run)
    : problem_(run.problem()),
      views_(run.data.training, problem_.outputs),
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

void OwnBatch::copy_labels(std::uint64_t samples, const std::int64_t* labels) {
  for (std::uint64_t i = 0; i < samples; ++i) {
    if (labels[i] < 0 || labels[i] >= problem_.classes)
      throw InputError("metrics: label " + std::to_string(i + 1) + " of the batch is " + std::to_string(labels[i]) +
                       "; the classes are 0 to " + std::to_string(problem_.classes - 1));
    classes_[i] = static_cast<std::int32_t>(labels[i]);
  }
}

}  // namespace treino::library
