// Building a graph: names and costs, then nodes without the relus that a neighbor takes over and with changes of layout, then
// memory.
#include "nn/graph.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/layers/from_blocked_layout.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/shapes.hpp"

namespace treino::nn {
namespace {

/// Below this, no product with the size of a kernel or of a number overflows; it is 4 TiB of memory.
constexpr std::int64_t most_numbers = std::int64_t{1} << 40;

void check_batch(std::size_t layer, const LayerSpec& spec, const Shape& shape, std::int64_t capacity) {
  if (size_of(shape) <= most_numbers / capacity) return;
  throw ShapeError(layer,
                   fmt::format("{}: {} numbers for each of {} samples are more than a batch can have; batches of at most {} "
                               "samples can be tried",
                               spec.type, to_text(shape), capacity, most_numbers / size_of(shape)));
}

/// What the layer costs; the numbers of parameters are known when they are made.
LayerInfo info_of(const LayerSpec& spec, const std::string& name, const Shape& input, const Shape& output) {
  return {.name = name,
          .type = spec.type,
          .output = output,
          .flops = layer_type(spec.type).flops(spec, input, output),
          .activation_bytes = size_of(output) * std::int64_t{sizeof(float)}};
}

}  // namespace

Model::Graph::Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity,
                    std::uint64_t seed, int thread_count, InitialValues values)
    : input(input_shape), capacity(batch_capacity), threads(thread_count), parameters(seed, thread_count, values) {
  if (capacity < 1) throw std::invalid_argument("batch_capacity must be at least 1");
  if (threads < 1) throw std::invalid_argument("threads must be at least 1");
  name_layers(specs);
  build_nodes(specs, seed);
  plan_memory();
  update_trainable();
}

void Model::Graph::name_layers(const std::vector<LayerSpec>& specs) {
  const std::vector<Shape> shapes = infer_shapes(specs, input);
  check_batch(0, specs.front(), input, capacity);
  for (std::size_t i = 0; i < specs.size(); ++i) check_batch(i, specs[i], shapes[i], capacity);
  const std::vector<std::string> names = names_of(specs);
  for (std::size_t i = 0; i < specs.size(); ++i)
    infos.push_back(info_of(specs[i], names[i], i == 0 ? input : shapes[i - 1], shapes[i]));
}

/// Where a relu can be left to a neighbor it gets no node, and channels in blocks are put in order before a layer that knows no
/// blocks, and at the end.
void Model::Graph::build_nodes(const std::vector<LayerSpec>& specs, std::uint64_t seed) {
  const FlushScope flush_scope;
  const ThreadScope thread_scope(threads);  // convolutions are planned for as many
  memory.request(product_memory, product_scratch, Use::always);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (is_absorbed(specs, i)) continue;
    const LayerType& type = layer_type(specs[i].type);
    const bool blocks = type.accepts_blocked_layout != nullptr && type.accepts_blocked_layout(specs[i].settings);
    if (last_block() > 1 && !blocks) insert_layout_change(input_of(i), i);
    build_node(specs, i, seed);
  }
  if (last_block() > 1) insert_layout_change(infos.back().output, nodes.back().info);
}

bool Model::Graph::is_absorbed(const std::vector<LayerSpec>& specs, std::size_t layer) {
  if (!layer_type(specs[layer].type).is_relu) return false;
  if (layer + 1 < specs.size() && layer_type(specs[layer + 1].type).takes_relu_before) return true;
  return !nodes.empty() && nodes.back().layer->absorb_relu();
}

void Model::Graph::insert_layout_change(const Shape& shape, std::size_t info) {
  nodes.push_back({make_from_blocked_layout(shape, last_block(), capacity, threads, memory), info});
  memory.next(capacity * size_of(shape));
}

void Model::Graph::build_node(const std::vector<LayerSpec>& specs, std::size_t layer, std::uint64_t seed) {
  const LayerType& type = layer_type(specs[layer].type);
  const std::size_t first = parameters.list().size();
  const Shape& output = infos[layer].output;
  nodes.push_back({type.make({.spec = specs[layer],
                              .name = infos[layer].name,
                              .number = layer,
                              .input = input_of(layer),
                              .output = output,
                              .capacity = capacity,
                              .seed = seed,
                              .threads = threads,
                              .parameters = parameters,
                              .memory = memory,
                              .product_scratch = product_memory,
                              .input_block = last_block()}),
                   layer, first});
  memory.next(capacity * size_of(output));
  nodes.back().parameters = parameters.list().size() - first;
  if (type.takes_relu_before && layer > 0 && layer_type(specs[layer - 1].type).is_relu) nodes.back().layer->absorb_relu();
}

void Model::Graph::plan_memory() {
  std::vector<Traits> traits;
  for (const Node& node : nodes) traits.push_back(node.layer->traits());
  memory.build(traits);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].gradients = {memory.gradient(i), i == 0 ? nullptr : memory.gradient(i - 1)};
  }
}

void Model::Graph::update_trainable() {
  first_learning = nodes.size();
  for (std::size_t i = nodes.size(); i-- > 0;) {
    Node& node = nodes[i];
    LayerInfo& info = infos[node.info];
    node.learns = node.frozen = false;
    info.parameters = info.trainable = 0;
    for (const Parameter& parameter : parameters_of(node)) {
      node.learns = node.learns || parameter.trainable;
      node.frozen = node.frozen || (!parameter.trainable && !parameter.gradient.empty());
      info.parameters += size_of(parameter.shape);
      if (parameter.trainable) info.trainable += size_of(parameter.shape);
    }
    if (node.learns) first_learning = i;
  }
}

}  // namespace treino::nn
