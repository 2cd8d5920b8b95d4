// What a layer costs, for the model's description.
#pragma once
#include "nn/model.hpp"

namespace treino::nn {

/// flops counts additions, multiplications, divisions and comparisons of one sample's forward; an exponential or the like counts
/// as one. The numbers of parameters are left at 0.
LayerInfo info_of(const LayerSpec& spec, const std::string& name, const Shape& input, const Shape& output);

}  // namespace treino::nn
