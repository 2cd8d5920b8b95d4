// Running a graph's nodes forward and backward.
#include "nn/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "nn/graph.hpp"
#include "nn/kernels/kernels.hpp"

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

}  // namespace

Model::Model(const std::vector<LayerSpec>& layers, const Shape& input, std::int64_t batch_capacity, std::uint64_t seed,
             int threads, InitialValues values, const Sharding& sharding, Precision precision)
    : graph_(std::make_unique<Graph>(layers, input, batch_capacity, seed, threads, values, sharding, precision)) {}
Model::Model(std::vector<Parameter> parameters) : graph_(std::make_unique<Graph>(std::move(parameters))) {}
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
  for (std::size_t s = 0; s < graph_->shards.size(); ++s)
    graph_->shards[s].values.front() = input + graph_->rows_of(s, batch).first * size_of(input_shape());
  for (std::size_t i = 0; i < graph_->nodes().size(); ++i) {
    const Observed observed(graph_->observer, graph_->nodes()[i].info, false);
    graph_->run_forward(i, {.batch = 0, .mode = mode, .step = step, .first_row = 0, .rows = batch});
  }
  for (std::size_t k = 0; k < graph_->further.size(); ++k) graph_->further[k].values = graph_->gather_further_output(k, batch);
  if (graph_->sharding.is_divided()) return graph_->gather_outputs(batch);
  return {graph_->shards.front().values.back(), static_cast<std::size_t>(batch * size_of(output_shape()))};
}

std::span<float> Model::output_gradient() {
  const auto size = static_cast<std::size_t>(graph_->capacity * size_of(output_shape()));
  if (graph_->sharding.is_divided()) return {graph_->output_gradients.data(), size};
  return {graph_->nodes().back().gradients.output, size};
}

std::vector<std::size_t> Model::further_outputs() const {
  std::vector<std::size_t> layers;
  for (const Graph::FurtherOutput& output : graph_->further) layers.push_back(output.layer);
  return layers;
}

std::span<const float> Model::further_output(std::size_t number) const { return graph_->further.at(number).values; }

std::span<float> Model::further_gradient(std::size_t number) {
  const auto size = static_cast<std::size_t>(graph_->capacity * graph_->width_of_output(number));
  if (graph_->sharding.is_divided()) return {graph_->further.at(number).gradients.data(), size};
  return {graph_->tap(graph_->shards.front(), number).gradient(), size};
}

void Model::backward(const float* output_gradient, bool accumulate, bool complete) {
  if (graph_->trained_batch == 0) throw std::logic_error("backward follows a forward in Mode::train, and uses it up");
  const FlushScope flush_scope;
  const ThreadScope thread_scope(graph_->threads);
  const std::int64_t batch = graph_->trained_batch, width = size_of(output_shape());
  graph_->trained_batch = 0;  // its numbers make room for gradients
  for (std::size_t s = 0; s < graph_->shards.size(); ++s) {
    const RowRange rows = graph_->rows_of(s, batch);
    float* const first = graph_->shards[s].graph->nodes.back().gradients.output;
    if (output_gradient != first) std::copy_n(output_gradient + rows.first * width, rows.count() * width, first);
  }
  graph_->deal_further_gradients(batch);
  const bool sums = complete && graph_->gradient_sum;
  for (std::size_t i = graph_->nodes().size(); i-- > 0;) {
    const Graph::NodeState& state = graph_->states[i];
    if (!state.needs_backward) continue;
    const NodeGraph::Node& node = graph_->nodes()[i];
    const Observed observed(graph_->observer, node.info, true);
    graph_->run_backward(i, {.batch = 0,
                             .rows = batch,
                             .wants_input_gradient = state.wants_input_gradient,
                             .learns = state.learns,
                             .accumulate = accumulate});
    if (sums) graph_->gradient_sum->add(node.first_parameter, node.first_parameter + node.parameters);
  }
  if (sums) graph_->gradient_sum->finish();
}

KernelChoices Model::measure_kernels(const KernelChoices& known, std::int64_t trained, std::int64_t evaluated) const {
  std::vector<ProductShape> shapes;
  // Shards have as many rows, or one more.
  const auto add = [&](std::int64_t batch, bool forward_only) {
    const std::int64_t shards = graph_->sharding.shards, least = batch / shards;
    for (const std::int64_t rows : {least, (batch + shards - 1) / shards})
      if (rows > 0) graph_->shards.front().graph->products.add_shapes(rows, forward_only, shapes);
  };
  add(trained, false);
  add(evaluated, true);
  return nn::measure_kernels(std::move(shapes), known, graph_->threads);
}

void Model::use_kernels(KernelChoices choices) {
  graph_->choices = std::move(choices);
  for (const Graph::Shard& shard : graph_->shards) shard.graph->products.use(*graph_->choices);
}

KernelChoices Model::chosen_kernels() const { return graph_->choices.value_or(KernelChoices()); }

void Model::begin_statistics() {
  for (const NodeGraph::Node& node : graph_->nodes()) node.layer->average_statistics(true);
}

void Model::end_statistics() {
  for (const NodeGraph::Node& node : graph_->nodes()) node.layer->average_statistics(false);
}

bool Model::has_statistics() const {
  return std::any_of(graph_->nodes().begin(), graph_->nodes().end(),
                     [](const auto& node) { return node.layer->has_statistics(); });
}

void Model::set_observer(Observer* observer) { graph_->observer = observer; }

void Model::set_trainable(std::size_t index, bool trainable) {
  Parameter& parameter = graph_->parameters.list().at(index);
  if (graph_->shards.empty())
    throw std::invalid_argument(parameter.name + " is stepped by the program's own optimizer: it cannot be frozen from here");
  if (parameter.gradient.empty() && trainable) {
    throw std::invalid_argument(parameter.name + " is measured, not learned: it cannot be made trainable");
  }
  if (parameter.trainable == trainable) return;
  parameter.trainable = trainable;
  for (Graph::Shard& shard : graph_->shards) {
    const std::span<float> gradient = shard.own ? shard.own->list()[index].gradient : parameter.gradient;
    std::fill(gradient.begin(), gradient.end(), 0.0f);
  }
  graph_->update_trainable();
}

}  // namespace treino::nn
