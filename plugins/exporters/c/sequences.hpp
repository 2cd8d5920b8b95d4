// Layers of sequences: embeddings, recurrent layers, attention.
#pragma once
#include <treino/exporter.hpp>

#include "program.hpp"

namespace treino::exporters {

void add_embedding(const ModelLayer& layer, Program& program);
void add_positional_embedding(const ModelLayer& layer, Program& program);
/// lstm, gru and simple_rnn.
void add_recurrent(const ModelLayer& layer, Program& program);
void add_attention(const ModelLayer& layer, Program& program);

}  // namespace treino::exporters
