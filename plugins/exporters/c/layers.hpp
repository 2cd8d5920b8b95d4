// From a layer to the C function that computes it.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <treino/exporter.hpp>

#include "program.hpp"

namespace treino::exporters {

using AddLayer = std::function<void(const ModelLayer& layer, Program& program)>;

/// By the layer's type.
const std::map<std::string, AddLayer>& layer_functions();

}  // namespace treino::exporters
