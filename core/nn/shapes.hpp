// What fits and what does not: every check of a network happens here, before anything is built.
#pragma once
#include <string>
#include <vector>

#include "nn/spec.hpp"

namespace treino::nn {

/// The shapes after each layer, without building anything. Throws ShapeError.
std::vector<Shape> infer_shapes(const std::vector<LayerSpec>& layers, const Shape& input);

/// The names of all layers, those not given made up: type and a number that no other layer has. Throws ShapeError on a name given
/// twice.
std::vector<std::string> names_of(const std::vector<LayerSpec>& layers);

}  // namespace treino::nn
