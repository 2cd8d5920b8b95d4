// Creates what a run is measured by, the loss and the metrics, and holds them against the data and the model.
#pragma once

namespace treino::train {

class Run;

/// Throws manifest::ManifestError where the loss or a metric does not fit the targets, the outputs or the accumulation.
void create_measures(Run& run);

}  // namespace treino::train
