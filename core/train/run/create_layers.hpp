// Creates the plugins that compute layers, before the model that is built of them.
#pragma once
#include <vector>

#include "nn/spec.hpp"

namespace treino::train {

class Run;

/// The plan's layers, each with who computes it. Throws manifest::ManifestError with the place in the manifest, or host::LoadError.
std::vector<nn::LayerSpec> create_layers(Run& run);

}  // namespace treino::train
