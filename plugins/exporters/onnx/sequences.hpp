// Layers of sequences: embeddings, recurrent layers, attention.
#pragma once
#include <treino/exporter.hpp>

#include "graph.hpp"

namespace treino::exporters {

void add_embedding(const ModelLayer& layer, Graph& graph);
void add_positional_embedding(const ModelLayer& layer, Graph& graph);
void add_lstm(const ModelLayer& layer, Graph& graph);
void add_gru(const ModelLayer& layer, Graph& graph);
void add_simple_rnn(const ModelLayer& layer, Graph& graph);
void add_attention(const ModelLayer& layer, Graph& graph);

}  // namespace treino::exporters
