// The section [data], with its files and what they inherit from each other.
#pragma once

#include "manifest/reading.hpp"

namespace treino::manifest {

/// Completes the table in place.
DataSection read_data(Table& section, const Location& at, Reading& reading);

}  // namespace treino::manifest
