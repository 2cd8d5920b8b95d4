// What of a model is learned or measured: the arrays that optimizers update and checkpoints keep.
#pragma once
#include <span>
#include <string>

#include "nn/spec.hpp"

namespace treino::nn {

/// What a layer's settings ask of its weights: l1 * sum |w| + l2 * sum w^2, which counts in the loss, and a limit to the norm of the
/// weights that go into one unit.
struct Regularization {
  double l1 = 0, l2 = 0;
  double max_norm = 0;         // 0: no limit
  bool units_are_rows = true;  // of the weight, as its first axis; else columns, its last

  bool has_penalty() const { return l1 > 0 || l2 > 0; }
};

/// A named array of the model: weights, biases, running statistics. Pointers are valid as long as the model.
struct Parameter {
  std::string name;  // "<layer>/<name>": "dense_1/weight"
  Shape shape;
  std::span<float> value;
  std::span<float> gradient;  // empty where it never learns: running statistics
  bool trainable = true;      // now: see Model::set_trainable
  int threads = 1;            // that may work on it at a time: the model's
  Regularization regularization{};
};

}  // namespace treino::nn
