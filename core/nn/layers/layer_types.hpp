// The table of all types of layers: nobody else lists them, or compares a type's name.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "nn/layers/layer_type.hpp"

namespace treino::nn {

/// In the order in which errors and the documentation name them.
std::span<const LayerType* const> layer_types();

/// Null where there is none.
const LayerType* find_layer_type(std::string_view id);

/// Throws std::logic_error where there is none: infer_shapes has refused the network before.
const LayerType& layer_type(std::string_view id);

/// The descriptions of all types as TOML: an array of tables `[[type]]`, each with its id. The host checks manifests and writes the
/// schema by it.
std::string layer_descriptions();

}  // namespace treino::nn
