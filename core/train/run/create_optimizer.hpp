// Creates the run's optimizer, and finds for each parameter what [optimizer] and its groups say of it.
#pragma once

namespace treino::train {

class Run;

/// Sets Run::optimizer; nothing where the run takes no steps. Throws manifest::ManifestError where a group is in nobody's way, or the
/// plugin refuses the model.
void create_optimizer(Run& run);

/// Of the optimizer's own parameter `weight_decay`; NaN where it has none.
double weight_decay_of(const Run& run);

}  // namespace treino::train
