// The table of all types of layers: nobody else lists them, or compares a type's name.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "nn/layers/layer_type.hpp"

namespace treino::nn {

/// Those that a manifest can name, in the order in which errors and the documentation name them.
std::span<const LayerType* const> layer_types();

/// One of these, or that of inputs. Null where there is none.
const LayerType* find_layer_type(std::string_view id);
/// The type of a layer, which may be a foreign one's own.
const LayerType* find_layer_type(const LayerSpec& layer);

/// Throws std::logic_error where there is none: infer_shapes has refused the network before.
const LayerType& layer_type(const LayerSpec& layer);

/// One of the model's inputs: the features from `first` on, in this shape. Such layers come before all others, and have names.
LayerSpec input_spec(const std::string& name, std::int64_t first, const Shape& shape);
bool is_input(const LayerSpec& layer);

/// The descriptions of the types that a manifest can name as TOML: an array of tables `[[type]]`, each with its id. The host checks manifests and writes the
/// schema by it.
std::string layer_descriptions();

}  // namespace treino::nn
