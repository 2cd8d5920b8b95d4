// Whether losses and metrics take the kind of targets that the data have: for the run itself, and for `treino check`, which knows
// the head of the data only.
#pragma once
#include "train/plan/plan.hpp"

namespace treino::train {

/// Adds a fault for the loss, and for each metric, that takes other targets than `data` has. `text`: a label that is no number,
/// with its place; empty where none is known.
void check_targets(const Plan& plan, const data::Dataset& data, const std::string& text, manifest::Faults& faults);

/// What to write in the manifest where a column of values, one for each of `steps`, may be meant as classes; empty where it cannot be.
std::string class_hint(const data::Dataset& data, std::int64_t steps);

}  // namespace treino::train
