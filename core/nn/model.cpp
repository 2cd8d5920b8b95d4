#include "nn/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "nn/costs.hpp"
#include "nn/kernels.hpp"
#include "nn/layer.hpp"
#include "nn/shapes.hpp"

namespace treino::nn {

struct Model::Graph {
  Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity, std::uint64_t seed,
        int thread_count);

  Shape input;
  std::int64_t capacity;
  int threads;
  std::vector<LayerInfo> infos;
  Parameters parameters;
  Buffer scratch;
  std::vector<std::unique_ptr<Layer>> layers;  // fewer than infos, where a relu was absorbed
  std::size_t first_trainable = 0;             // its index in `layers`, their number where none is
  Buffer gradients[2];
  std::int64_t trained_batch = 0;  // of the last forward in Mode::train that nothing has overwritten; 0: there is none
};

Model::Graph::Graph(const std::vector<LayerSpec>& specs, const Shape& input_shape, std::int64_t batch_capacity,
                    std::uint64_t seed, int thread_count)
    : input(input_shape), capacity(batch_capacity), threads(thread_count), parameters(seed), scratch(product_scratch) {
  if (capacity < 1) throw std::invalid_argument("batch_capacity must be at least 1");
  if (threads < 1) throw std::invalid_argument("threads must be at least 1");
  const std::vector<Shape> shapes = infer_shapes(specs, input);
  const std::vector<std::string> names = names_of(specs);
  const ThreadScope scope(threads);
  std::int64_t largest = size_of(input);
  bool trainable = false;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Shape& before = i == 0 ? input : shapes[i - 1];
    const std::size_t first_parameter = parameters.list().size();
    if (specs[i].type != "relu" || layers.empty() || !layers.back()->absorb_relu()) {
      layers.push_back(make_layer({specs[i], names[i], i, before, shapes[i], capacity, seed, threads, parameters, scratch}));
    }
    const auto added = std::span(parameters.list()).subspan(first_parameter);
    trainable = trainable || !added.empty();
    if (!trainable) first_trainable = layers.size();
    infos.push_back(info_of(specs[i], names[i], before, shapes[i], added));
    largest = std::max(largest, size_of(shapes[i]));
  }
  for (Buffer& buffer : gradients) buffer = Buffer(capacity * largest);
}

Model::Model(const std::vector<LayerSpec>& layers, const Shape& input, std::int64_t batch_capacity, std::uint64_t seed,
             int threads)
    : graph_(std::make_unique<Graph>(layers, input, batch_capacity, seed, threads)) {}
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
  const ThreadScope thread_scope(graph_->threads);
  const FlushScope flush_scope;
  graph_->trained_batch = mode == Mode::train ? batch : 0;
  const float* current = input;
  for (const auto& layer : graph_->layers) current = layer->forward(current, {batch, mode, step});
  return {current, static_cast<std::size_t>(batch * size_of(output_shape()))};
}

void Model::backward(const float* output_gradient, bool accumulate) {
  if (graph_->trained_batch == 0) throw std::logic_error("backward follows a forward in Mode::train");
  const ThreadScope thread_scope(graph_->threads);
  const FlushScope flush_scope;
  const std::int64_t batch = graph_->trained_batch;
  std::copy_n(output_gradient, batch * size_of(output_shape()), graph_->gradients[0].data());
  Gradients gradients{graph_->gradients[0].data(), graph_->gradients[1].data()};
  for (std::size_t i = graph_->layers.size(); i-- > graph_->first_trainable;) {
    graph_->layers[i]->backward(gradients, {batch, i > graph_->first_trainable, accumulate});
  }
}

}  // namespace treino::nn
