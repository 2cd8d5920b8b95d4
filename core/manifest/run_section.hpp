// The section [run]: name, seed, length and folder of the run.
#pragma once

#include "manifest/reading.hpp"

namespace treino::manifest {

/// Completes the table in place.
RunSection read_run(Table& given, const Location& at, Reading& reading);

}  // namespace treino::manifest
