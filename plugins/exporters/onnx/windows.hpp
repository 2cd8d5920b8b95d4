// Layers of which a window goes over images or sequences: convolutions and pools.
#pragma once
#include <treino/exporter.hpp>

#include "graph.hpp"

namespace treino::exporters {

void add_conv1d(const ModelLayer& layer, Graph& graph);
void add_conv2d(const ModelLayer& layer, Graph& graph);
void add_conv2d_transpose(const ModelLayer& layer, Graph& graph);
void add_max_pool(const ModelLayer& layer, Graph& graph);
void add_avg_pool(const ModelLayer& layer, Graph& graph);

}  // namespace treino::exporters
