// What of a model is learned or measured: the arrays that optimizers update and checkpoints keep.
#pragma once
#include <span>
#include <string>

#include "nn/spec.hpp"

namespace treino::nn {

/// A named array of the model: weights, biases, running statistics. Pointers are valid as long as the model.
struct Parameter {
  std::string name;  // "<layer>/<name>": "dense_1/weight"
  Shape shape;
  std::span<float> value;
  std::span<float> gradient;  // empty where it never learns: running statistics
  bool trainable = true;      // now: see Model::set_trainable
  int threads = 1;            // that may work on it at a time: the model's
};

}  // namespace treino::nn
