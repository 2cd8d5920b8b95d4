// Layers that join several inputs, or give one another shape.
#pragma once
#include "layers.hpp"

namespace treino::exporters {

/// Of all inputs, two at a time: Add and Mul take no more.
AddLayer of_pairs(const char* op);
void add_concat(const ModelLayer& layer, Graph& graph);
void add_flatten(const ModelLayer& layer, Graph& graph);
void add_reshape(const ModelLayer& layer, Graph& graph);
void add_permute(const ModelLayer& layer, Graph& graph);

}  // namespace treino::exporters
