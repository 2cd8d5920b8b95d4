// What a model consists of: its parameters, and its layers once for each shard of a batch that this process computes.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/layers/output_tap.hpp"
#include "nn/memory/buffer.hpp"
#include "nn/model.hpp"
#include "nn/node_graph.hpp"
#include "nn/shards/gradient_sum.hpp"
#include "nn/shards/shared_sums.hpp"

namespace treino::nn {

struct Model::Graph {
  struct NodeState {
    bool learns = false, frozen = false;  // any parameter does; any that could does not
    bool needs_backward = false;          // it learns, or one that it reads, directly or not
    bool wants_input_gradient = false;    // of the input of a node that has one
  };
  struct Shard {
    std::unique_ptr<Parameters> own;  // with gradients of its own; null: the model's
    std::unique_ptr<NodeGraph> graph;
    std::vector<const float*> values;  // of this pass: the model's input, then what each node puts out
    NodeGraph::Node& node(std::size_t number) const { return graph->nodes[number]; }
    Layer& layer(std::size_t number) const { return *graph->nodes[number].layer; }
    /// model_input + 1 is 0.
    const float*& value(std::size_t number) { return values[number + 1]; }
  };

  Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity, std::uint64_t seed,
        int thread_count, InitialValues values, const Sharding& sharding, Precision precision);

  /// No nodes.
  explicit Graph(std::vector<Parameter> foreign)
      : capacity(0), threads(1), precision(Precision::float32), parameters(0, 1, InitialValues::zero) {
    parameters.list() = std::move(foreign);
  }

  std::span<Parameter> parameters_of(const NodeGraph::Node& node, std::size_t shard) {
    Parameters& all = shards[shard].own ? *shards[shard].own : parameters;
    return std::span(all.list()).subspan(node.first_parameter, node.parameters);
  }
  const std::vector<NodeGraph::Node>& nodes() const { return shards.front().graph->nodes; }
  /// Rows of a batch that this process's shard computes.
  RowRange rows_of(std::size_t shard, std::int64_t rows) const {
    return sharding.rows_of_shard(rows, sharding.first_shard() + static_cast<int>(shard));
  }
  /// What follows from the parameters' `trainable`.
  void update_trainable();

  // Model's passes through one node, in all shards.
  void run_forward(std::size_t node, const Pass& pass);
  void run_backward(std::size_t node, BackwardPass pass);
  void add_sums(std::size_t node, std::int64_t rows, bool gradients);
  std::span<const float> gather_outputs(std::int64_t rows);
  std::span<const float> gather_further_output(std::size_t number, std::int64_t rows);
  OutputTap& tap(const Shard& shard, std::size_t number) const {
    return static_cast<OutputTap&>(shard.layer(shard.graph->taps[number]));
  }
  std::int64_t width_of_output(std::size_t number) const { return size_of(infos[further[number].layer].output); }
  /// Gives each shard its rows of the further outputs' gradients.
  void deal_further_gradients(std::int64_t rows);

  Shape input;
  std::int64_t capacity;
  int threads;
  Precision precision;
  std::optional<KernelChoices> choices;
  Sharding sharding;
  std::vector<LayerInfo> infos;
  Parameters parameters;
  std::vector<Shard> shards;
  std::vector<NodeState> states;   // one for each node
  std::vector<Layer*> same_layer;  // in each shard; made by those who need it
  /// One of the model's outputs beside the last layer's.
  struct FurtherOutput {
    std::size_t layer;
    std::span<const float> values;  // of the last forward
    Buffer outputs, gradients;      // as below
  };
  std::vector<FurtherOutput> further;
  Buffer outputs, output_gradients;         // of all rows; empty where there is one shard alone, whose own are taken
  std::optional<GradientSum> gradient_sum;  // likewise
  std::optional<SharedSums> shared_sums;
  std::vector<std::uint64_t> gathered_counts;  // bytes of each rank's outputs
  Observer* observer = nullptr;
  std::int64_t trained_batch = 0;  // of the last forward in Mode::train that nothing has overwritten; 0: there is none

 private:
  // The passes of the constructor, in their order.
  void name_layers(const std::vector<LayerSpec>& specs);
  void build_shards(const std::vector<LayerSpec>& specs, std::uint64_t seed);
  void divide();
  void update_needs();
  std::span<const float> gather(Buffer& to, std::int64_t width, std::int64_t rows,
                                const std::function<const float*(Shard&)>& from);
  static const float* forward_part(Shard& shard, std::size_t node, const Pass& pass);
  void backward_part(Shard& shard, std::size_t node, const BackwardPass& pass) const;
};

}  // namespace treino::nn
