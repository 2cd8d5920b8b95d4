// The model's layers as TensorBoard's graph page shows them.
#pragma once
#include <string>
#include <treino/host.hpp>

namespace event_files {

/// Returns the layers, each with those that it reads and with its arrays, as the bytes of a GraphDef.
std::string graph_of(const treino::Host& host);

}  // namespace event_files
