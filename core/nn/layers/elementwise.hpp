// Layers that are a function of each element alone, which the kernels have.
#pragma once
#include <memory>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {

/// `function` is one of kernels(), which are compiled for each instruction set, and outlives the layer; `parameter` is what it takes
/// beside the element.
std::unique_ptr<Layer> make_elementwise(const LayerContext& context, const ActivationFunction& function, float parameter = 0);

}  // namespace treino::nn
