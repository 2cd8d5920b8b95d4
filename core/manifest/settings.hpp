// `--set key=value` on a document.
#pragma once
#include <string>
#include <vector>

#include "manifest/value.hpp"

namespace treino::manifest {

/// In their order, so that a later one wins. Keys that are missing in a table are made, tables too; elements of lists are not.
void apply_settings(Table& document, const std::vector<std::string>& settings, Faults& faults);

}  // namespace treino::manifest
