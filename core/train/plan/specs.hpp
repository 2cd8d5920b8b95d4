// Completed tables of the manifest to nn's plain structs.
#pragma once
#include "manifest/value.hpp"
#include "nn/spec.hpp"

namespace treino::train {

/// `table` is complete by the layer's description; the names of parameters are those of LayerSpec's fields.
nn::LayerSpec to_layer(const std::string& type, const std::string& name, const manifest::Table& table);
nn::OptimizerSpec to_optimizer(const std::string& type, const manifest::Table& table);

}  // namespace treino::train
