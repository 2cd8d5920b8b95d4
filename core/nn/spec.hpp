// What a network and its optimizer are made of, as plain data: the manifest fills these, nn/ builds from them.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace treino::nn {

/// Sizes without the batch: {64}, or {channels, height, width}.
using Shape = std::vector<std::int64_t>;
std::int64_t size_of(const Shape& shape);
std::string to_text(const Shape& shape);  // "3x28x28"

/// One layer. Fields that its type does not use are left alone; which it uses, layer_descriptions() says.
struct LayerSpec {
  std::string type;  // dense, relu, leaky_relu, sigmoid, tanh, gelu, softmax, dropout, batch_norm, layer_norm, conv2d, max_pool,
                     // avg_pool, global_avg_pool, flatten
  std::string name;  // unique; empty: type and a number, as in dense_1
  std::int64_t units = 0;             // dense
  std::int64_t filters = 0;           // conv2d
  std::vector<std::int64_t> kernel;   // conv2d and pools: {n} or {height, width}
  std::vector<std::int64_t> stride;   // empty: 1 for conv2d, the kernel for pools
  std::vector<std::int64_t> padding;  // {n} or {vertical, horizontal}; empty: 0
  bool same_padding = false;          // output size = ceil(input / stride)
  bool bias = true;                   // dense, conv2d
  std::string initializer;            // empty: the layer's default (he_uniform before relu kinds is NOT guessed: glorot_uniform)
  double rate = 0.5;                  // dropout
  double slope = 0.01;                // leaky_relu
  double momentum = 0.1;              // batch_norm: weight of the new batch in the running statistics (PyTorch's sense)
  double epsilon = 1e-5;              // batch_norm, layer_norm
};

struct OptimizerSpec {
  std::string type = "sgd";           // sgd, adam, adamw, rmsprop, adagrad
  double momentum = 0.0;              // sgd, rmsprop
  bool nesterov = false;              // sgd
  double beta1 = 0.9, beta2 = 0.999;  // adam, adamw
  double rho = 0.99;                  // rmsprop (PyTorch's alpha)
  double epsilon = 1e-8;
  double weight_decay = 0.0;  // L2 term added to the gradient; adamw: decoupled
};

/// The layer and optimizer types with their parameters, as TOML in the language of the plugins' self-descriptions: an array of
/// tables `[[type]]` with id, summary and [type.parameters.<name>] (type, default, required, above, min, below, max, choices,
/// doc). The host checks manifests and writes the schema from these texts.
std::string_view layer_descriptions();
std::string_view optimizer_descriptions();

/// The layers do not fit each other: `layer` counts from 0, the text says why ("conv2d: 5x5 kernel on a 3x3 input").
class ShapeError : public std::runtime_error {
 public:
  ShapeError(std::size_t layer, const std::string& text) : std::runtime_error(text), layer_(layer) {}
  std::size_t layer() const { return layer_; }

 private:
  std::size_t layer_;
};

/// The shapes after each layer, without building anything. Throws ShapeError.
std::vector<Shape> infer_shapes(const std::vector<LayerSpec>& layers, const Shape& input);

}  // namespace treino::nn
