// The layers of a model as they are run: some stand for two, some were inserted, and their memory is one piece.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nn/layers/layer.hpp"
#include "nn/memory/step_memory.hpp"
#include "nn/model.hpp"

namespace treino::nn {

struct Model::Graph {
  struct Node {
    std::unique_ptr<Layer> layer;
    std::size_t info = 0;                             // its number in `infos`
    std::size_t first_parameter = 0, parameters = 0;  // in the list of all
    bool learns = false, frozen = false;              // any parameter does; any that could does not
    Gradients gradients{};
  };

  Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity, std::uint64_t seed,
        int thread_count, InitialValues values);

  /// No nodes.
  explicit Graph(std::vector<Parameter> foreign) : capacity(0), threads(1), parameters(0, 1, InitialValues::zero) {
    parameters.list() = std::move(foreign);
  }

  std::span<Parameter> parameters_of(const Node& node) {
    return std::span(parameters.list()).subspan(node.first_parameter, node.parameters);
  }
  /// What follows from the parameters' `trainable`.
  void update_trainable();

  Shape input;
  std::int64_t capacity;
  int threads;
  std::vector<LayerInfo> infos;
  Parameters parameters;
  StepMemory memory;
  ArenaSpan<float> product_memory;
  std::vector<Node> nodes;  // fewer than infos, where a relu was absorbed
  Observer* observer = nullptr;
  std::size_t first_learning = 0;  // its index in `nodes`, their number where none is
  std::int64_t trained_batch = 0;  // of the last forward in Mode::train that nothing has overwritten; 0: there is none

 private:
  // The passes of the constructor, in their order.
  void name_layers(const std::vector<LayerSpec>& specs);
  void build_nodes(const std::vector<LayerSpec>& specs, std::uint64_t seed);
  void plan_memory();

  const Shape& input_of(std::size_t layer) const { return layer == 0 ? input : infos[layer - 1].output; }
  bool is_absorbed(const std::vector<LayerSpec>& specs, std::size_t layer);
  std::int64_t last_block() const { return nodes.empty() ? 1 : nodes.back().layer->channel_block(); }
  void insert_layout_change(const Shape& shape, std::size_t info);
  void build_node(const std::vector<LayerSpec>& specs, std::size_t layer, std::uint64_t seed);
};

}  // namespace treino::nn
