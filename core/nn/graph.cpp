// Building a graph: names and costs, then the layers for each shard.
#include "nn/graph.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
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
          .flops = layer_type(spec).flops(spec, input, output),
          .activation_bytes = size_of(output) * std::int64_t{sizeof(float)},
          .outputs = layer_type(spec).outputs};
}

}  // namespace

Model::Graph::Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity,
                    std::uint64_t seed, int thread_count, InitialValues values, const Sharding& given_sharding,
                    Precision given_precision)
    : input(input_shape),
      capacity(batch_capacity),
      threads(thread_count),
      precision(given_precision),
      sharding(given_sharding),
      parameters(seed, thread_count, values) {
  if (capacity < 1) throw std::invalid_argument("batch_capacity must be at least 1");
  if (threads < 1) throw std::invalid_argument("threads must be at least 1");
  if (sharding.shards < 1 || sharding.shards % sharding.ranks() != 0)
    throw std::invalid_argument(fmt::format("{} shards for {} processes", sharding.shards, sharding.ranks()));
  name_layers(specs);
  build_shards(specs, seed);
  if (sharding.is_divided()) divide();
  update_trainable();
}

void Model::Graph::name_layers(const std::vector<LayerSpec>& specs) {
  const std::vector<Shape> shapes = infer_shapes(specs, input);
  check_batch(0, specs.front(), input, capacity);
  for (std::size_t i = 0; i < specs.size(); ++i) check_batch(i, specs[i], shapes[i], capacity);
  const std::vector<std::string> names = names_of(specs);
  const Topology topology = topology_of(specs);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    infos.push_back(info_of(specs[i], names[i], input_shapes(topology.inputs[i], input, shapes).front(), shapes[i]));
    infos.back().inputs = topology.inputs[i];
    if (specs[i].is_output) further.push_back({.layer = i, .values = {}, .outputs = {}, .gradients = {}});
  }
}

void Model::Graph::build_shards(const std::vector<LayerSpec>& specs, std::uint64_t seed) {
  const Blueprint model{specs, infos, input, seed, threads, precision};
  const std::int64_t rows = (capacity + sharding.shards - 1) / sharding.shards;
  shards.resize(static_cast<std::size_t>(sharding.shards_per_rank()));
  for (Shard& shard : shards) {
    if (&shard != &shards.front()) shard.own = std::make_unique<Parameters>(parameters.list());
    shard.graph = build_node_graph(model, rows, shard.own ? *shard.own : parameters);
    shard.values.resize(shard.graph->nodes.size() + 1);
  }
  states.resize(nodes().size());
}

void Model::Graph::divide() {
  const std::int64_t width = size_of(infos.back().output);
  outputs = Buffer::unset(capacity * width);
  output_gradients = Buffer::unset(capacity * width);
  for (std::size_t k = 0; k < further.size(); ++k) {
    further[k].outputs = Buffer::unset(capacity * width_of_output(k));
    further[k].gradients = Buffer::unset(capacity * width_of_output(k));
  }
  std::vector<std::span<Parameter>> gradients;
  for (Shard& shard : shards) gradients.push_back(shard.own ? std::span(shard.own->list()) : std::span(parameters.list()));
  gradient_sum.emplace(sharding, std::move(gradients));
  shared_sums.emplace(sharding);
  gathered_counts.resize(static_cast<std::size_t>(sharding.ranks()));
}

void Model::Graph::update_trainable() {
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    const NodeGraph::Node& node = nodes()[i];
    NodeState& state = states[i];
    LayerInfo& info = infos[node.info];
    state = {};
    if (node.parameters > 0) info.parameters = info.trainable = 0;  // others may stand beside the layer's own node
    for (const Parameter& parameter : parameters_of(node, 0)) {
      state.learns = state.learns || parameter.trainable;
      state.frozen = state.frozen || (!parameter.trainable && !parameter.gradient.empty());
      info.parameters += size_of(parameter.shape);
      if (parameter.trainable) info.trainable += size_of(parameter.shape);
    }
  }
  update_needs();
  if (gradient_sum) gradient_sum->plan();
}

void Model::Graph::update_needs() {
  const auto wanted = [&](std::size_t node) { return node != model_input && states[node].needs_backward; };
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    const NodeGraph::Node& node = nodes()[i];
    states[i].wants_input_gradient = wanted(node.input);
    states[i].needs_backward = states[i].learns || wanted(node.input) || std::ranges::any_of(node.inputs, wanted);
    for (Shard& shard : shards)
      for (std::size_t k = 0; k < node.inputs.size(); ++k) shard.node(i).input_gradients[k].wanted = wanted(node.inputs[k]);
  }
}

const float* Model::Graph::forward_part(Shard& shard, std::size_t number, const Pass& pass) {
  NodeGraph::Node& node = shard.node(number);
  if (node.merge == nullptr) return node.layer->forward(shard.value(node.input), pass);
  for (std::size_t k = 0; k < node.inputs.size(); ++k) node.input_values[k] = shard.value(node.inputs[k]);
  return node.merge->merge(node.input_values, pass);
}

/// `pass`: of the whole batch.
void Model::Graph::run_forward(std::size_t node, const Pass& pass) {
  const auto part_of = [&](std::size_t shard) {
    const RowRange rows = rows_of(shard, pass.rows);
    Pass part = pass;
    part.batch = rows.count();
    part.first_row = rows.first;
    return part;
  };
  if (pass.mode == Mode::train && !shards.front().layer(node).sums().empty()) {
    for (std::size_t s = 0; s < shards.size(); ++s)
      if (const Pass part = part_of(s); part.batch > 0)
        shards[s].layer(node).sum_up(shards[s].value(shards[s].node(node).input), part);
    add_sums(node, pass.rows, false);
    for (std::size_t s = 0; s < shards.size(); ++s) shards[s].layer(node).keep_sums(part_of(s), s == 0);
  }
  for (std::size_t s = 0; s < shards.size(); ++s)
    if (const Pass part = part_of(s); part.batch > 0) shards[s].value(node) = forward_part(shards[s], node, part);
}

/// The gradients of what several nodes read are added in the order in which backward comes to those: the same for all shards and
/// numbers of threads.
void Model::Graph::backward_part(Shard& shard, std::size_t number, const BackwardPass& pass) const {
  const NodeGraph::Node& node = shard.node(number);
  if (node.merge != nullptr) return node.merge->split(node.gradients.output, node.input_gradients, pass);
  node.layer->backward(node.gradients, pass);
  if (node.gradient_sum == nullptr || !pass.wants_input_gradient) return;
  parallel_for(pass.batch * node.input_size, 1, threads, [&](std::int64_t first, std::int64_t last) {
    kernels().add(node.gradient_sum + first, node.gradients.input + first, last - first);
  });
}

/// `pass`: likewise.
void Model::Graph::run_backward(std::size_t node, BackwardPass pass) {
  const bool has_sums = !shards.front().layer(node).sums().empty();
  const auto each_part = [&](auto&& visit) {
    for (std::size_t s = 0; s < shards.size(); ++s)
      if ((pass.batch = rows_of(s, pass.rows).count()) > 0) visit(shards[s]);
  };
  if (has_sums) {
    each_part([&](Shard& shard) { shard.layer(node).sum_up_gradients(shard.node(node).gradients, pass); });
    if (pass.wants_input_gradient) add_sums(node, pass.rows, true);
  }
  each_part([&](Shard& shard) { backward_part(shard, node, pass); });
  for (std::size_t s = 0; s < shards.size(); ++s) {
    const bool has_rows = rows_of(s, pass.rows).count() > 0;
    if (has_rows && !(states[node].learns && states[node].frozen)) continue;
    const std::span<const Parameter> first = parameters_of(nodes()[node], 0), own = parameters_of(nodes()[node], s);
    for (std::size_t i = 0; i < own.size(); ++i)  // none was written that should stay zero; without rows, none was written
      if (has_rows ? !first[i].trainable : !pass.accumulate) std::ranges::fill(own[i].gradient, 0.0f);
  }
}

void Model::Graph::add_sums(std::size_t node, std::int64_t rows, bool gradients) {
  if (!shared_sums) return;
  same_layer.clear();
  for (const Shard& shard : shards) same_layer.push_back(&shard.layer(node));
  shared_sums->add(same_layer, rows, gradients);
}

std::span<const float> Model::Graph::gather_outputs(std::int64_t rows) {
  return gather(outputs, size_of(infos.back().output), rows, [](Shard& shard) { return shard.values.back(); });
}

std::span<const float> Model::Graph::gather_further_output(std::size_t number, std::int64_t rows) {
  const std::int64_t width = width_of_output(number);
  if (!sharding.is_divided()) return {tap(shards.front(), number).values(), static_cast<std::size_t>(rows * width)};
  return gather(further[number].outputs, width, rows, [&](Shard& shard) { return tap(shard, number).values(); });
}

void Model::Graph::deal_further_gradients(std::int64_t rows) {
  if (!sharding.is_divided()) return;  // each is where the tap takes it from
  for (std::size_t k = 0; k < further.size(); ++k)
    for (std::size_t s = 0; s < shards.size(); ++s) {
      const RowRange own = rows_of(s, rows);
      const std::int64_t width = width_of_output(k);
      std::copy_n(further[k].gradients.data() + own.first * width, own.count() * width, tap(shards[s], k).gradient());
    }
}

std::span<const float> Model::Graph::gather(Buffer& to, std::int64_t width, std::int64_t rows,
                                            const std::function<const float*(Shard&)>& from) {
  for (std::size_t s = 0; s < shards.size(); ++s) {
    const RowRange own = rows_of(s, rows);
    std::copy_n(from(shards[s]), own.count() * width, to.data() + own.first * width);
  }
  if (sharding.exchange != nullptr) {
    for (int rank = 0; rank < sharding.ranks(); ++rank)
      gathered_counts[static_cast<std::size_t>(rank)] =
          static_cast<std::uint64_t>(sharding.rows_of_rank(rows, rank).count() * width) * sizeof(float);
    const RowRange own = sharding.rows_of_rank(rows, sharding.exchange->rank());
    sharding.exchange->all_gather(to.data() + own.first * width, to.data(), gathered_counts);
  }
  return {to.data(), static_cast<std::size_t>(rows * width)};
}

}  // namespace treino::nn
