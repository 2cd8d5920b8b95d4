// What a layer does while it trains. Layers are built from checked specs, own what they put out, and never allocate after that.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "nn/layers/parameters.hpp"
#include "nn/memory/step_memory.hpp"
#include "nn/mode.hpp"
#include "nn/products.hpp"
#include "nn/spec.hpp"

namespace treino::nn {

/// One call of Model::forward, for the rows of one shard; without sharding, for all rows.
struct Pass {
  std::int64_t batch;
  Mode mode;
  std::uint64_t step;
  std::int64_t first_row, rows;  // where the shard begins in the batch, and how many rows that has
};

/// Of the loss, with respect to a layer's output and its input: the same memory where the layer works in place, none where the
/// input's is the network's.
struct Gradients {
  float* output;
  float* input;
};

/// One call of Model::backward.
struct BackwardPass {
  std::int64_t batch;
  std::int64_t rows;          // of all shards
  bool wants_input_gradient;  // false: no layer before this one has anything to learn
  bool learns;                // false: all parameters of this layer are frozen, their gradients are not wanted
  bool accumulate;            // add to the parameters' gradients
};

class Layer {
 public:
  virtual ~Layer() = default;
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// What the memory around the layer depends on; asked once the network is complete.
  virtual Traits traits() const = 0;

  /// input: batch x input shape. Returns batch x output shape: memory of its own, or the input itself.
  virtual const float* forward(const float* input, const Pass& pass) = 0;

  /// gradients.output: batch x output shape, may be changed. gradients.input: batch x input shape, set unless it is not wanted.
  virtual void backward(const Gradients& gradients, const BackwardPass& pass) = 0;

  /// For a layer whose output depends on all rows of a batch (batch_norm), and which is run in several shards. Before forward in
  /// Mode::train, sum_up() fills sums() for the shard's rows, add_sums() adds those of `other_rows` rows to those of `rows`, and
  /// keep_sums() takes over the sums of all rows, which then stand in sums(); `statistics`: it updates the running statistics too,
  /// which all shards share. Before backward, sum_up_gradients() fills them; these are plain sums. A shard without rows is asked for
  /// nothing but keep_sums(). Empty: the layer needs none of that.
  virtual std::span<double> sums() { return {}; }
  virtual void sum_up(const float* /*input*/, const Pass& /*pass*/) {}
  virtual void add_sums(std::span<double> /*sums*/, std::int64_t /*rows*/, std::span<const double> /*other*/,
                        std::int64_t /*other_rows*/) const {}
  virtual void keep_sums(const Pass& /*pass*/, bool /*statistics*/) {}
  virtual void sum_up_gradients(const Gradients& /*gradients*/, const BackwardPass& /*pass*/) {}

  /// Takes over the relu that follows, or comes before (LayerType::takes_relu_before); false where it cannot.
  virtual bool absorb_relu() { return false; }

  /// How the channels of the output lie: 1 is plain channels x height x width; 8 and 16 are blocks of so many channels, all
  /// blocks' values of one place side by side (blocks x height x width x channels of a block). Gradients lie alike.
  virtual std::int64_t channel_block() const { return 1; }

  /// Running statistics: see Model::begin_statistics.
  virtual bool has_statistics() const { return false; }
  virtual void average_statistics(bool /*on*/) {}
};

/// What a layer is built from. References are good as long as the network, but for spec, name and shapes: they are to be copied.
struct LayerContext {
  const LayerSpec& spec;
  const std::string& name;
  std::size_t number;  // from 0, in the network
  const Shape& input;
  const Shape& output;
  std::int64_t capacity;
  std::uint64_t seed;
  int threads;
  Parameters& parameters;
  StepMemory& memory;
  Products& products;
  std::int64_t input_block;         // see Layer::channel_block
  std::span<const Shape> inputs{};  // all, of a type that takes several; they are to be copied too

  template <class T>
  const T& setting(std::string_view setting_name) const {
    return spec.settings.at<T>(setting_name);
  }

  /// As the settings of TREINO_INITIALIZER_TOML say.
  InitializerSpec initializer() const {
    return {.name = setting<std::string>("initializer"),
            .gain = setting<double>("initializer_gain"),
            .scale = setting<double>("initializer_scale"),
            .mode = setting<std::string>("initializer_mode"),
            .distribution = setting<std::string>("initializer_distribution")};
  }
  Parameters::Pointers add_weight(const Shape& shape, Fans fans) const {
    return parameters.add(name + "/weight", shape, initializer(), fans);
  }

  /// Memory for a batch of outputs; see StepMemory.
  template <class Number>
  void request(ArenaSpan<Number>& slice, Use use = Use::output) const {
    memory.request(slice, capacity * size_of(output), use);
  }
};

}  // namespace treino::nn
