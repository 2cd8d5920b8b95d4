#include "nn/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "nn/layers/costs.hpp"
#include "nn/kernels/kernels.hpp"
#include "nn/layers/layer.hpp"
#include "nn/shapes.hpp"

namespace treino::nn {

namespace {

/// Tells the observer, if there is one, of the beginning and the end of a layer's work.
class Observed {
 public:
  Observed(Observer* observer, std::size_t layer, bool backward) : observer_(observer), layer_(layer), backward_(backward) {
    if (observer_ != nullptr) observer_->layer_begin(layer_, backward_);
  }
  ~Observed() {
    if (observer_ != nullptr) observer_->layer_end(layer_, backward_);
  }
  Observed(const Observed&) = delete;
  Observed& operator=(const Observed&) = delete;

 private:
  Observer* observer_;
  std::size_t layer_;
  bool backward_;
};

/// Below this, no product with the size of a kernel or of a number overflows; it is 4 TiB of memory.
constexpr std::int64_t most_numbers = std::int64_t{1} << 40;

void check_batch(std::size_t layer, const LayerSpec& spec, const Shape& shape, std::int64_t capacity) {
  if (size_of(shape) <= most_numbers / capacity) return;
  throw ShapeError(layer, fmt::format("{}: {} numbers for each of {} samples are more than a batch can have; batches of at most {} "
                                      "samples can be tried",
                                      spec.type, to_text(shape), capacity, most_numbers / size_of(shape)));
}

}  // namespace

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
  std::span<Parameter> parameters_of(const Node& node) {
    return std::span(parameters.list()).subspan(node.first_parameter, node.parameters);
  }
  void plan_memory();
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
};

Model::Graph::Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity,
                    std::uint64_t seed, int thread_count, InitialValues values)
    : input(input_shape), capacity(batch_capacity), threads(thread_count), parameters(seed, thread_count, values) {
  if (capacity < 1) throw std::invalid_argument("batch_capacity must be at least 1");
  if (threads < 1) throw std::invalid_argument("threads must be at least 1");
  const std::vector<Shape> shapes = infer_shapes(specs, input);
  check_batch(0, specs.front(), input, capacity);
  for (std::size_t i = 0; i < specs.size(); ++i) check_batch(i, specs[i], shapes[i], capacity);
  const std::vector<std::string> names = names_of(specs);
  const FlushScope flush_scope;
  const ThreadScope thread_scope(threads);
  memory.request(product_memory, product_scratch, Use::always);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Shape& before = i == 0 ? input : shapes[i - 1];
    infos.push_back(info_of(specs[i], names[i], before, shapes[i]));
    const bool relu = specs[i].type == "relu";
    // The largest of some numbers made positive is the largest one, made positive: max_pool does it to fewer of them.
    if (relu && i + 1 < specs.size() && specs[i + 1].type == "max_pool") continue;
    if (relu && !nodes.empty() && nodes.back().layer->absorb_relu()) continue;
    std::int64_t block = nodes.empty() ? 1 : nodes.back().layer->channel_block();
    if (block > 1 && !accepts_blocked_layout(specs[i])) {
      nodes.push_back({make_from_blocked_layout(before, block, capacity, threads, memory), i});
      memory.next(capacity * size_of(before));
      block = 1;
    }
    const std::size_t first = parameters.list().size();
    nodes.push_back({make_layer({specs[i], names[i], i, before, shapes[i], capacity, seed, threads, parameters, memory,
                                 product_memory, block}),
                     i, first});
    memory.next(capacity * size_of(shapes[i]));
    nodes.back().parameters = parameters.list().size() - first;
    if (specs[i].type == "max_pool" && i > 0 && specs[i - 1].type == "relu") nodes.back().layer->absorb_relu();
  }
  const std::int64_t block = nodes.back().layer->channel_block();
  if (block > 1) {
    nodes.push_back({make_from_blocked_layout(shapes.back(), block, capacity, threads, memory), nodes.back().info});
    memory.next(capacity * size_of(shapes.back()));
  }
  plan_memory();
  update_trainable();
}

void Model::Graph::plan_memory() {
  std::vector<Traits> traits;
  for (const Node& node : nodes) traits.push_back(node.layer->traits());
  memory.build(traits);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].gradients = {memory.gradient(i), i == 0 ? nullptr : memory.gradient(i - 1)};
  }
}

/// What follows from the parameters' `trainable`.
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

Model::Model(const std::vector<LayerSpec>& layers, const Shape& input, std::int64_t batch_capacity, std::uint64_t seed,
             int threads, InitialValues values)
    : graph_(std::make_unique<Graph>(layers, input, batch_capacity, seed, threads, values)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

const Shape& Model::input_shape() const { return graph_->input; }
const Shape& Model::output_shape() const { return graph_->infos.back().output; }
const std::vector<LayerInfo>& Model::layers() const { return graph_->infos; }
std::span<Parameter> Model::parameters() { return graph_->parameters.list(); }
std::span<const Parameter> Model::parameters() const { return graph_->parameters.list(); }

std::span<const float> Model::forward(const float* input, std::int64_t batch, Mode mode, std::uint64_t step) {
  if (batch < 1 || batch > graph_->capacity) {
    throw std::invalid_argument(fmt::format("a batch of {} for a model planned for 1 to {}", batch, graph_->capacity));
  }
  const FlushScope flush_scope;
  const ThreadScope thread_scope(graph_->threads);
  graph_->trained_batch = mode == Mode::train ? batch : 0;
  const float* current = input;
  for (const Graph::Node& node : graph_->nodes) {
    const Observed observed(graph_->observer, node.info, false);
    current = node.layer->forward(current, {batch, mode, step});
  }
  return {current, static_cast<std::size_t>(batch * size_of(output_shape()))};
}

std::span<float> Model::output_gradient() {
  return {graph_->nodes.back().gradients.output, static_cast<std::size_t>(graph_->capacity * size_of(output_shape()))};
}

void Model::backward(const float* output_gradient, bool accumulate) {
  if (graph_->trained_batch == 0) throw std::logic_error("backward follows a forward in Mode::train, and uses it up");
  const FlushScope flush_scope;
  const ThreadScope thread_scope(graph_->threads);
  const std::int64_t batch = graph_->trained_batch;
  graph_->trained_batch = 0;  // its numbers make room for gradients
  float* const first = graph_->nodes.back().gradients.output;
  if (output_gradient != first) std::copy_n(output_gradient, batch * size_of(output_shape()), first);
  for (std::size_t i = graph_->nodes.size(); i-- > graph_->first_learning;) {
    const Graph::Node& node = graph_->nodes[i];
    const Observed observed(graph_->observer, node.info, true);
    node.layer->backward(node.gradients, {batch, i > graph_->first_learning, node.learns, accumulate});
    if (!node.learns || !node.frozen) continue;  // no gradient was written that should stay zero
    for (const Parameter& parameter : graph_->parameters_of(node)) {
      if (!parameter.trainable) std::fill(parameter.gradient.begin(), parameter.gradient.end(), 0.0f);
    }
  }
}

void Model::begin_statistics() {
  for (const Graph::Node& node : graph_->nodes) node.layer->average_statistics(true);
}

void Model::end_statistics() {
  for (const Graph::Node& node : graph_->nodes) node.layer->average_statistics(false);
}

bool Model::has_statistics() const {
  return std::any_of(graph_->nodes.begin(), graph_->nodes.end(), [](const auto& node) { return node.layer->has_statistics(); });
}

void Model::set_observer(Observer* observer) { graph_->observer = observer; }

void Model::set_trainable(std::size_t index, bool trainable) {
  Parameter& parameter = graph_->parameters.list().at(index);
  if (parameter.gradient.empty() && trainable) {
    throw std::invalid_argument(parameter.name + " is measured, not learned: it cannot be made trainable");
  }
  if (parameter.trainable == trainable) return;
  parameter.trainable = trainable;
  std::fill(parameter.gradient.begin(), parameter.gradient.end(), 0.0f);
  graph_->update_trainable();
}

}  // namespace treino::nn
