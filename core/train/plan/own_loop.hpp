// What a manifest may ask of a training loop that somebody else runs.
#pragma once
#include "manifest/value.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

/// The learning rate that schedulers begin with is the program's; how many batches make a step, and on how many threads, too.
void prepare_own_loop(Plan& plan, manifest::Faults& faults);

/// A fault for each callback, and each parameter that a manifest gives, that needs what only Treino's own loop and model offer. A
/// default that needs it is off.
void check_needs(Plan& plan, manifest::Faults& faults);

}  // namespace treino::train
