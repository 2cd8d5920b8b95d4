// Waiting for the next batch, with the events that tell of it.
#pragma once
#include <cstdint>

#include "data/batches/batches.hpp"
#include "train/progress.hpp"

namespace treino::train {

class Run;

/// Waits for batch `number` of a pass; false where no further one is due.
bool fetch_batch(Run& run, data::Batches& batches, data::Batch& batch, std::uint64_t number, const PassEvents& events);

}  // namespace treino::train
