// What is written down at the end of an epoch.
#pragma once
#include <cstdint>

#include "train/best_epoch.hpp"

namespace treino::train {

class Run;

/// One line in the log: where the run stands, and every scalar.
void record_epoch(Run& run, std::uint64_t epoch);

/// What a line on the screen shows of an epoch: loss, metrics, learning rate.
NamedScalars shown_scalars(Run& run);

}  // namespace treino::train
