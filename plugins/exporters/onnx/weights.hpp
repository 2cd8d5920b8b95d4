// Arrays of a layer as constants of the graph.
#pragma once
#include <treino/exporter.hpp>

#include "graph.hpp"

namespace treino::exporters {

/// Of the array's name, shape and values.
inline std::string weights_of(const ModelLayer& layer, const char* name, Graph& graph) {
  const ModelArray array = layer.array(name);
  return graph.constant(name, array.shape(), array.data());
}

}  // namespace treino::exporters
