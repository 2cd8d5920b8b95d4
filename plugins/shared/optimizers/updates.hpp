// Which of the compiled inner loops this processor runs.
#pragma once
#include "shared/optimizers/update_table.hpp"

namespace treino::optimizers {

/// Returns the fastest loops that this processor can run.
const UpdateLoops& update_loops();

/// Returns all that it can run, slowest first; nullptr ends the list.
const UpdateLoops* const* runnable_update_loops();

}  // namespace treino::optimizers
