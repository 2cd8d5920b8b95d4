// What is done when a run ends, however it does: the last look at the weights, the last checkpoint, run_end.
#pragma once
#include "host/session/session.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/result.hpp"

namespace treino::train {

/// Failures become part of the result.
Result end_run(Run& run, CheckpointWriter& writer);

/// The stop of a run whose trial steps were ended by a signal. What can be resumed is saved.
host::Requests::Stop end_interrupted_trial(Run& run, CheckpointWriter& writer);

}  // namespace treino::train
