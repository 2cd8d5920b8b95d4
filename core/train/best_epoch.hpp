// What a run has measured, epoch by epoch, and the epoch that was best.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace treino::train {

class Run;

using NamedScalars = std::vector<std::pair<std::string, double>>;

/// The epoch with the lowest validation loss, or loss where there is no validation; NaN is never the lowest.
struct BestEpoch {
  std::uint64_t epoch = 0;  // from 0
  NamedScalars scalars;     // loss and metrics
};

/// "val_loss" or "loss": what the best epoch has the lowest of.
const char* compared_by(const Run& run);

/// The loss and the metrics as they stand, of the training and then of the validation.
NamedScalars measured_scalars(Run& run);

/// Every scalar that has a value.
NamedScalars all_scalars(Run& run);

/// Keeps `epoch` as the run's best where it is.
void compare_with_best(Run& run, std::uint64_t epoch);

}  // namespace treino::train
