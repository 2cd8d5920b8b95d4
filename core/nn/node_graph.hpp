// The layers of a model as they are run on one shard of a batch: some stand for two, some were inserted, and their memory is one
// piece.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/layers/merge_layer.hpp"
#include "nn/memory/step_memory.hpp"
#include "nn/model.hpp"
#include "nn/products.hpp"

namespace treino::nn {

/// What the layers of a model are built from.
struct Blueprint {
  const std::vector<LayerSpec>& specs;
  const std::vector<LayerInfo>& infos;  // one for each
  const Shape& input;
  std::uint64_t seed;
  int threads;
  Precision precision;
};

/// The nodes stand in the order in which they run forward: each after those that it reads.
struct NodeGraph {
  NodeGraph(const Blueprint& model, std::int64_t capacity) : products(model.precision, model.threads, capacity) {}

  struct Node {
    std::unique_ptr<Layer> layer;
    std::size_t info = 0;                             // its number in the model's infos
    std::size_t first_parameter = 0, parameters = 0;  // in the list of all
    std::size_t input = model_input;                  // the number of the node that it reads
    Gradients gradients{};
    float* gradient_sum = nullptr;  // to which gradients.input is added, where others that read the input have made it; else null
    std::int64_t input_size = 0;    // of a sample
    // Of a node that reads several:
    MergeLayer* merge = nullptr;               // the layer; else null
    std::vector<std::size_t> inputs{};         // numbers of nodes, or model_input
    std::vector<const float*> input_values{};  // in this pass
    std::vector<InputGradient> input_gradients{};
  };
  std::vector<Node> nodes;        // fewer than infos, where a relu was absorbed
  std::vector<std::size_t> taps;  // of the nodes: the further outputs, in the order of their layers
  StepMemory memory;
  Products products;
};

/// For shards of at most `capacity` rows. `parameters` outlive the nodes; their layers' are added to them.
std::unique_ptr<NodeGraph> build_node_graph(const Blueprint& model, std::int64_t capacity, Parameters& parameters);

}  // namespace treino::nn
