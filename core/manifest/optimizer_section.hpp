// [optimizer]: a plugin's section with the learning rate, and with groups of parameters that are updated otherwise.
#pragma once
#include "manifest/reading.hpp"

namespace treino::manifest {

/// `value` is a table.
void read_optimizer(Value& value, Manifest& manifest, Reading& reading);

}  // namespace treino::manifest
