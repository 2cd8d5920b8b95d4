// What the settings of a layer with weights ask of these: see TREINO_REGULARIZATION_TOML.
#pragma once
#include "nn/layers/layer_type.hpp"
#include "nn/parameter.hpp"

namespace treino::nn {

/// Of a type that has no such settings, or has been built without them: none.
inline Regularization regularization_of(const Settings& settings, const LayerType& type) {
  const auto value = [&](const char* name) { return settings.has(name) ? settings.at<double>(name) : 0.0; };
  return {.l1 = value("l1"), .l2 = value("l2"), .max_norm = value("max_norm"), .units_are_rows = !type.transposed_in_torch};
}

}  // namespace treino::nn
