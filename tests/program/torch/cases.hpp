// Random shapes and settings of each type of layer, and what libtorch makes of the same.
#pragma once
#include <torch/torch.h>

#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "nn/model.hpp"

namespace treino::test {

using Tensors = std::vector<torch::Tensor>;

struct Case {
  nn::LayerSpec layer;
  nn::Shape input;
  /// From the inputs, batch first, and the parameters that learn, in the layer's order.
  std::function<torch::Tensor(const Tensors& inputs, const Tensors& parameters)> reference;
  std::string text{};  // the settings, for a failure's message
  std::int64_t batch = 1;
  std::size_t inputs = 1;
  std::function<std::vector<float>(std::mt19937&)> numbers{};  // of the whole batch, where normal ones will not do
};

using MakeCase = std::function<Case(std::mt19937&)>;

/// Type and maker.
const std::vector<std::pair<std::string, MakeCase>>& case_makers();

}  // namespace treino::test
