// What is written down at the end of an epoch, and of a validation within one.
#pragma once
#include <cstdint>

#include "train/best_epoch.hpp"

namespace treino::train {

class Run;

/// One line in the log: where the run stands, and every scalar.
void record_epoch(Run& run, std::uint64_t epoch);

/// The same of a validation, with the scalars that it has measured.
void record_validation(Run& run);

/// What a line on the screen shows of an epoch: loss, metrics, learning rate.
NamedScalars shown_scalars(Run& run);

}  // namespace treino::train
