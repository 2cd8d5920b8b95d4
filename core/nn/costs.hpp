// What a layer costs, for the model's description.
#pragma once
#include <span>

#include "nn/model.hpp"

namespace treino::nn {

/// flops counts additions, multiplications, divisions and comparisons of one sample's forward; an exponential or the like counts
/// as one.
LayerInfo info_of(const LayerSpec& spec, const std::string& name, const Shape& input, const Shape& output,
                  std::span<const Parameter> parameters);

}  // namespace treino::nn
