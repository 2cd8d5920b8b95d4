// Weights that a run begins with: a file's tensors brought to the model's parameters by their names, or all that does not fit said at
// once.
#pragma once
#include "host/session/log.hpp"
#include "manifest/value.hpp"
#include "nn/model.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

/// Writes them into the model, and says which parameters keep their random beginning. Throws manifest::ManifestError.
void load_initial_weights(const Plan& plan, nn::Model& model, host::Log& log);

/// The same for `treino check`: what would be thrown is added.
void check_initial_weights(const Plan& plan, manifest::Faults& faults);

}  // namespace treino::train
