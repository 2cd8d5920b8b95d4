// The key `weights` of [model].
#pragma once
#include <optional>

#include "manifest/reading.hpp"

namespace treino::manifest {

/// Completes `value` in place. Empty after a fault.
std::optional<InitialWeights> read_initial_weights(Value& value, Reading& reading);

}  // namespace treino::manifest
