// What a layer does while it trains. Layers are built from checked specs, own what they put out, and never allocate after that.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nn/memory/buffer.hpp"
#include "nn/initializers.hpp"
#include "nn/model.hpp"
#include "nn/spec.hpp"
#include "nn/memory/step_memory.hpp"

namespace treino::nn {

/// One call of Model::forward.
struct Pass {
  std::int64_t batch;
  Mode mode;
  std::uint64_t step;
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

  /// Takes over the relu that follows, or (max_pool) comes before; false where it cannot.
  virtual bool absorb_relu() { return false; }

  /// How the channels of the output lie: 1 is plain channels x height x width; 8 and 16 are blocks of so many channels, all
  /// blocks' values of one place side by side (blocks x height x width x channels of a block). Gradients lie alike.
  virtual std::int64_t channel_block() const { return 1; }

  /// Running statistics: see Model::begin_statistics.
  virtual bool has_statistics() const { return false; }
  virtual void average_statistics(bool /*on*/) {}
};

/// The parameters of a network while it is built, in the order of its layers.
class Parameters {
 public:
  Parameters(std::uint64_t seed, int threads, InitialValues values) : seed_(seed), threads_(threads), values_(values) {}

  struct Pointers {
    float* value;
    float* gradient;  // null where not trainable
  };
  Pointers add(const std::string& name, const Shape& shape, std::string_view initializer, Fans fans = {}, bool trainable = true);
  std::vector<Parameter>& list() { return list_; }

 private:
  std::uint64_t seed_;
  int threads_;
  InitialValues values_;
  std::vector<Parameter> list_;
  std::deque<Buffer> buffers_;
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
  ArenaSpan<float>& product_scratch;
  std::int64_t input_block;  // see Layer::channel_block

  /// Memory for a batch of outputs; see StepMemory.
  template <class Number>
  void request(ArenaSpan<Number>& slice, Use use = Use::output) const {
    memory.request(slice, capacity * size_of(output), use);
  }
};

std::unique_ptr<Layer> make_layer(const LayerContext& context);

/// True where a layer can be given channels in blocks.
bool accepts_blocked_layout(const LayerSpec& spec);
/// From blocks to plain channels.
std::unique_ptr<Layer> make_from_blocked_layout(const Shape& shape, std::int64_t block, std::int64_t capacity, int threads,
                                    StepMemory& memory);

// One maker a family of types, each in its own file.
std::unique_ptr<Layer> make_dense(const LayerContext& context);
std::unique_ptr<Layer> make_activation(const LayerContext& context);  // relu, leaky_relu, sigmoid, tanh, gelu
std::unique_ptr<Layer> make_softmax(const LayerContext& context);
std::unique_ptr<Layer> make_dropout(const LayerContext& context);
std::unique_ptr<Layer> make_batch_norm(const LayerContext& context);
std::unique_ptr<Layer> make_layer_norm(const LayerContext& context);
std::unique_ptr<Layer> make_conv2d(const LayerContext& context);
std::unique_ptr<Layer> make_max_pool(const LayerContext& context);
bool max_pool_accepts_blocked_layout(const LayerSpec& spec);
std::unique_ptr<Layer> make_avg_pool(const LayerContext& context);
std::unique_ptr<Layer> make_global_avg_pool(const LayerContext& context);
std::unique_ptr<Layer> make_flatten(const LayerContext& context);

}  // namespace treino::nn
