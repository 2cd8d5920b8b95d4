// Nodes without the relus that a neighbor takes over and with changes of layout, then memory.
#include "nn/chain.hpp"

#include "nn/kernels/kernels.hpp"
#include "nn/layers/from_blocked_layout.hpp"
#include "nn/layers/layer_types.hpp"

namespace treino::nn {
namespace {

class ChainBuilder {
 public:
  ChainBuilder(const Blueprint& model, std::int64_t capacity, Parameters& parameters, Chain& chain)
      : model_(model), capacity_(capacity), parameters_(parameters), chain_(chain), nodes_(chain.nodes) {}

  /// Where a relu can be left to a neighbor it gets no node, and channels in blocks are put in order before a layer that knows no
  /// blocks, and at the end.
  void build_nodes() {
    const FlushScope flush_scope;
    const ThreadScope thread_scope(model_.threads);  // convolutions are planned for as many
    chain_.memory.request(chain_.product_memory, product_scratch, Use::always);
    for (std::size_t i = 0; i < model_.specs.size(); ++i) {
      const LayerSpec& spec = model_.specs[i];
      if (is_absorbed(i)) continue;
      const LayerType& type = layer_type(spec.type);
      const bool blocks = type.accepts_blocked_layout != nullptr && type.accepts_blocked_layout(spec.settings);
      if (last_block() > 1 && !blocks) insert_layout_change(input_of(i), i);
      build_node(i);
    }
    if (last_block() > 1) insert_layout_change(model_.infos.back().output, nodes_.back().info);
  }

  void plan_memory() {
    std::vector<Traits> traits;
    for (const Chain::Node& node : nodes_) traits.push_back(node.layer->traits());
    chain_.memory.build(traits);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      nodes_[i].gradients = {chain_.memory.gradient(i), i == 0 ? nullptr : chain_.memory.gradient(i - 1)};
  }

 private:
  const Shape& input_of(std::size_t layer) const { return layer == 0 ? model_.input : model_.infos[layer - 1].output; }
  std::int64_t last_block() const { return nodes_.empty() ? 1 : nodes_.back().layer->channel_block(); }

  bool is_absorbed(std::size_t layer) {
    const std::vector<LayerSpec>& specs = model_.specs;
    if (!layer_type(specs[layer].type).is_relu) return false;
    if (layer + 1 < specs.size() && layer_type(specs[layer + 1].type).takes_relu_before) return true;
    return !nodes_.empty() && nodes_.back().layer->absorb_relu();
  }

  void insert_layout_change(const Shape& shape, std::size_t info) {
    nodes_.push_back({.layer = make_from_blocked_layout(shape, last_block(), capacity_, model_.threads, chain_.memory),
                      .info = info,
                      .first_parameter = parameters_.list().size()});
    chain_.memory.next(capacity_ * size_of(shape));
  }

  void build_node(std::size_t layer) {
    const LayerType& type = layer_type(model_.specs[layer].type);
    const std::size_t first = parameters_.list().size();
    const Shape& output = model_.infos[layer].output;
    nodes_.push_back({.layer = type.make({.spec = model_.specs[layer],
                                          .name = model_.infos[layer].name,
                                          .number = layer,
                                          .input = input_of(layer),
                                          .output = output,
                                          .capacity = capacity_,
                                          .seed = model_.seed,
                                          .threads = model_.threads,
                                          .parameters = parameters_,
                                          .memory = chain_.memory,
                                          .product_scratch = chain_.product_memory,
                                          .input_block = last_block()}),
                      .info = layer,
                      .first_parameter = first});
    chain_.memory.next(capacity_ * size_of(output));
    nodes_.back().parameters = parameters_.list().size() - first;
    if (type.takes_relu_before && layer > 0 && layer_type(model_.specs[layer - 1].type).is_relu)
      nodes_.back().layer->absorb_relu();
  }

  const Blueprint& model_;
  const std::int64_t capacity_;
  Parameters& parameters_;
  Chain& chain_;
  std::vector<Chain::Node>& nodes_;
};

}  // namespace

std::unique_ptr<Chain> build_chain(const Blueprint& model, std::int64_t capacity, Parameters& parameters) {
  auto chain = std::make_unique<Chain>();
  ChainBuilder builder(model, capacity, parameters, *chain);
  builder.build_nodes();
  builder.plan_memory();
  return chain;
}

}  // namespace treino::nn
