// From completed tables of the manifest to the engine's settings.
#pragma once
#include "manifest/value.hpp"
#include "nn/settings.hpp"

namespace treino::train {

/// `table` is complete by the description of the layer.
nn::Settings to_settings(const manifest::Table& table);

}  // namespace treino::train
