// Which layers a layer reads, in the contract's numbers.
#pragma once
#include <treino/abi/services/model.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/topology.hpp"

namespace treino::train {

inline std::vector<std::uint32_t> to_abi(std::span<const std::size_t> inputs) {
  std::vector<std::uint32_t> indices;
  for (const std::size_t input : inputs)
    indices.push_back(input == nn::model_input ? TREINO_MODEL_INPUT : static_cast<std::uint32_t>(input));
  return indices;
}

}  // namespace treino::train
