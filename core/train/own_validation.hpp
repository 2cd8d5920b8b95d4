// The validation of a loop that somebody else runs: the same events and scalars as Evaluation's, one batch a call.
#pragma once
#include <cstdint>

namespace treino::train {

class BatchViews;
class Run;

void begin_own_validation(Run& run);
/// `number`: of the batch, from 0. `views`: null where no metric needs them.
void add_own_validation(Run& run, std::uint64_t number, std::uint64_t samples, double loss, const BatchViews* views);
void end_own_validation(Run& run);

}  // namespace treino::train
