// From a layer to the operators that compute it.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <treino/exporter.hpp>

#include "graph.hpp"

namespace treino::exporters {

using AddLayer = std::function<void(const ModelLayer& layer, Graph& graph)>;

/// By the layer's type.
const std::map<std::string, AddLayer>& layer_operators();

}  // namespace treino::exporters
