// Nodes without the relus that a neighbor takes over and with changes of layout, then memory.
#include "nn/node_graph.hpp"

#include <algorithm>
#include <map>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/foreign_layer.hpp"
#include "nn/layers/from_blocked_layout.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/layers/output_tap.hpp"
#include "nn/layers/regularization.hpp"

namespace treino::nn {
namespace {

class NodeGraphBuilder {
 public:
  NodeGraphBuilder(const Blueprint& model, std::int64_t capacity, Parameters& parameters, NodeGraph& graph)
      : model_(model),
        capacity_(capacity),
        parameters_(parameters),
        graph_(graph),
        nodes_(graph.nodes),
        readers_(model.specs.size()) {
    for (std::size_t i = 0; i < model.infos.size(); ++i)
      for (const std::size_t input : model.infos[i].inputs)
        if (input != model_input) readers_[input].push_back(i);
  }

  /// Where a relu can be left to a neighbor it gets no node, and channels in blocks are put in order before a layer that knows no
  /// blocks, and at the end.
  void build_nodes() {
    const FlushScope flush_scope;
    const ThreadScope thread_scope(model_.threads);  // convolutions are planned for as many
    for (std::size_t i = 0; i < model_.specs.size(); ++i) {
      if (is_absorbed(i)) {
        node_of_.push_back(node_of(model_.infos[i].inputs.front()));
        tap(i);
        continue;
      }
      std::vector<std::size_t> inputs;
      for (const std::size_t input : model_.infos[i].inputs) inputs.push_back(node_of(input));
      if (!takes_blocks(i, inputs)) make_plain(i, inputs);
      build_node(i, inputs);
      node_of_.push_back(nodes_.size() - 1);
      tap(i);
    }
    if (block_of(nodes_.size() - 1) > 1) plain_node_of(nodes_.size() - 1, model_.infos.back().output, nodes_.back().info);
  }

  void plan_memory() {
    std::vector<Traits> traits;
    for (const NodeGraph::Node& node : nodes_) traits.push_back(node.layer->traits());
    StepMemory& memory = graph_.memory;
    graph_.products.request_memory(memory);
    memory.build(traits);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      NodeGraph::Node& node = nodes_[i];
      node.gradients.output = memory.gradient(i);
      if (node.merge == nullptr) {
        const InputPlace place = memory.input_gradient(i, 0);
        node.gradients.input = place.values;
        node.gradient_sum = place.sum;
        continue;
      }
      for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        const InputPlace place = memory.input_gradient(i, k);
        node.input_gradients.push_back({place.sum != nullptr ? place.sum : place.values, false, place.sum != nullptr});
      }
    }
  }

 private:
  const LayerType& type_of(std::size_t layer) const { return layer_type(model_.specs[layer]); }
  std::size_t node_of(std::size_t layer) const { return layer == model_input ? model_input : node_of_[layer]; }
  const Shape& shape_of(std::size_t layer) const { return layer == model_input ? model_.input : model_.infos[layer].output; }
  std::int64_t block_of(std::size_t node) const { return node == model_input ? 1 : nodes_[node].layer->channel_block(); }

  /// And its output is none of the model's, for which it has to be what it is.
  bool has_single_reader(std::size_t layer) const { return readers_[layer].size() == 1 && !model_.specs[layer].is_output; }

  /// A relu whose only reader is this layer, which makes positive what it puts out instead.
  bool has_relu_before(std::size_t layer) const {
    const std::size_t before = model_.infos[layer].inputs.front();
    return type_of(layer).takes_relu_before && before != model_input && type_of(before).is_relu && has_single_reader(before);
  }

  bool is_absorbed(std::size_t layer) {
    if (!type_of(layer).is_relu) return false;
    // The last node is the model's output: where others end in outputs of their own, the layer before need not be the last.
    const bool last = layer + 1 == model_.specs.size();
    if (last && std::ranges::any_of(model_.specs, [](const LayerSpec& spec) { return spec.is_output; })) return false;
    if (has_single_reader(layer) && has_relu_before(readers_[layer].front())) return true;
    const std::size_t before = model_.infos[layer].inputs.front();
    // Others that read the layer before want what it is without a relu.
    if (before == model_input || !has_single_reader(before)) return false;
    const std::size_t node = node_of(before);
    return node != model_input && nodes_[node].layer->absorb_relu();
  }

  bool takes_blocks(std::size_t layer, const std::vector<std::size_t>& inputs) const {
    const LayerType& type = type_of(layer);
    const bool alike = std::ranges::all_of(inputs, [&](std::size_t node) { return block_of(node) == block_of(inputs.front()); });
    return alike && type.accepts_blocked_layout != nullptr && type.accepts_blocked_layout(model_.specs[layer].settings);
  }

  void make_plain(std::size_t layer, std::vector<std::size_t>& inputs) {
    for (std::size_t k = 0; k < inputs.size(); ++k)
      if (block_of(inputs[k]) > 1) inputs[k] = plain_node_of(inputs[k], shape_of(model_.infos[layer].inputs[k]), layer);
  }

  /// The node that puts its channels in order, made where nobody has wanted that before. `info`: the layer that does.
  std::size_t plain_node_of(std::size_t node, const Shape& shape, std::size_t info) {
    const auto [found, fresh] = plain_.emplace(node, nodes_.size());
    if (!fresh) return found->second;
    nodes_.push_back({.layer = make_from_blocked_layout(shape, block_of(node), capacity_, model_.threads, graph_.memory),
                      .info = info,
                      .first_parameter = parameters_.list().size(),
                      .input = node,
                      .input_size = size_of(shape)});
    graph_.memory.next(capacity_ * size_of(shape), {node});
    return nodes_.size() - 1;
  }

  /// Where its output is one of the model's.
  void tap(std::size_t layer) {
    if (!model_.specs[layer].is_output) return;
    const Shape& shape = model_.infos[layer].output;
    const std::size_t from = node_of(layer), plain = block_of(from) > 1 ? plain_node_of(from, shape, layer) : from;
    nodes_.push_back({.layer = std::make_unique<OutputTap>(size_of(shape), capacity_, graph_.memory),
                      .info = layer,
                      .first_parameter = parameters_.list().size(),
                      .input = plain,
                      .input_size = size_of(shape)});
    graph_.memory.next(0, {plain});
    graph_.taps.push_back(nodes_.size() - 1);
  }

  void build_node(std::size_t layer, const std::vector<std::size_t>& inputs) {
    const LayerType& type = type_of(layer);
    const std::size_t first = parameters_.list().size();
    const LayerInfo& info = model_.infos[layer];
    std::vector<Shape> shapes;
    for (const std::size_t input : info.inputs) shapes.push_back(shape_of(input));
    nodes_.push_back({.layer = type.make({.spec = model_.specs[layer],
                                          .name = info.name,
                                          .number = layer,
                                          .input = shapes.front(),
                                          .output = info.output,
                                          .capacity = capacity_,
                                          .seed = model_.seed,
                                          .threads = model_.threads,
                                          .parameters = parameters_,
                                          .memory = graph_.memory,
                                          .products = graph_.products,
                                          .input_block = block_of(inputs.front()),
                                          .inputs = shapes}),
                      .info = layer,
                      .first_parameter = first,
                      .parameters = parameters_.list().size() - first,
                      .input = inputs.front(),
                      .input_size = size_of(shapes.front())});
    NodeGraph::Node& node = nodes_.back();
    node.merge = dynamic_cast<MergeLayer*>(node.layer.get());
    if (node.merge != nullptr) {
      node.inputs = inputs;
      node.input_values.resize(inputs.size());
    }
    regularize(layer, first);
    graph_.memory.next(capacity_ * size_of(info.output), inputs);
    if (has_relu_before(layer)) node.layer->absorb_relu();
  }

  /// The layer's weights, from parameter `first` on; biases have one dimension. A foreign layer says itself what is done to which.
  void regularize(std::size_t layer, std::size_t first) {
    const LayerSpec& spec = model_.specs[layer];
    const Regularization asked = regularization_of(spec.settings, type_of(layer));
    std::vector<Parameter>& list = parameters_.list();
    for (std::size_t i = first; i < list.size(); ++i) {
      if (spec.foreign)
        list[i].regularization = spec.foreign->plan().parameters[i - first].regularization;
      else if (list[i].shape.size() > 1)
        list[i].regularization = asked;
    }
  }

  const Blueprint& model_;
  const std::int64_t capacity_;
  Parameters& parameters_;
  NodeGraph& graph_;
  std::vector<NodeGraph::Node>& nodes_;
  std::vector<std::vector<std::size_t>> readers_;  // of each layer: those that read it
  std::vector<std::size_t> node_of_;               // by layer, as far as they are built
  std::map<std::size_t, std::size_t> plain_;       // of nodes whose channels are in blocks
};

}  // namespace

std::unique_ptr<NodeGraph> build_node_graph(const Blueprint& model, std::int64_t capacity, Parameters& parameters) {
  auto graph = std::make_unique<NodeGraph>(model, capacity);
  NodeGraphBuilder builder(model, capacity, parameters, *graph);
  builder.build_nodes();
  builder.plan_memory();
  return graph;
}

}  // namespace treino::nn
