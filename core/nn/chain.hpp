// The layers of a model as they are run on one shard of a batch: some stand for two, some were inserted, and their memory is one
// piece.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/layers/layer.hpp"
#include "nn/memory/step_memory.hpp"
#include "nn/model.hpp"

namespace treino::nn {

struct Chain {
  struct Node {
    std::unique_ptr<Layer> layer;
    std::size_t info = 0;                             // its number in the model's infos
    std::size_t first_parameter = 0, parameters = 0;  // in the list of all
    Gradients gradients{};
  };
  std::vector<Node> nodes;  // fewer than infos, where a relu was absorbed
  StepMemory memory;
  ArenaSpan<float> product_memory;
};

/// What the layers of a model are built from.
struct Blueprint {
  const std::vector<LayerSpec>& specs;
  const std::vector<LayerInfo>& infos;  // one for each
  const Shape& input;
  std::uint64_t seed;
  int threads;
};

/// For shards of at most `capacity` rows. `parameters` outlive the chain; its layers' are added to them.
std::unique_ptr<Chain> build_chain(const Blueprint& model, std::int64_t capacity, Parameters& parameters);

}  // namespace treino::nn
