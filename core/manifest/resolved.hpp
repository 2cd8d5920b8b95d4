// The manifest as it was understood, for the run's folder: with every default spelled out.
#pragma once

#include "manifest/complete.hpp"
#include "manifest/manifest.hpp"

namespace treino::manifest {

/// `source` with each plugin's, layer's and the optimizer's parameters as they now stand in the structs: where the caller has put
/// the result of complete() there, a document in which every default is filled in. Reading its text again gives an equal
/// manifest, wherever the text is put.
Table resolved(const Manifest& manifest);

}  // namespace treino::manifest
