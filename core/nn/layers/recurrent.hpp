// Layers that go over a sequence step by step: what lstm, gru and simple_rnn share, and the cell that makes them differ.
#pragma once
#include <cstdint>
#include <memory>

#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {

/// One step, for some samples: rows of `units` numbers, or of `gates * units`. Of the sums, the input's are weight_ih * x + bias_ih, the
/// recurrent ones weight_hh * h + bias_hh.
struct CellStep {
  std::int64_t samples, units;
  float* input_sums;
  float* recurrent_sums;
  const float* hidden_before;  // null at the first step, where it and the state are zeros
  float* hidden;
  const float* state_before;
  float* state;
};

struct CellGradients {
  float* hidden;  // of this step's output; becomes that of the one before, as far as it does not come by the recurrent sums
  float* state;   // likewise
};

/// What a step makes of its sums.
struct Cell {
  std::int64_t gates;       // sums for each unit
  bool has_state;           // beside the output: lstm
  bool separate_sums;       // gradients of input and recurrent sums differ, and backward needs the latter: gru
  std::int64_t unit_flops;  // beside the products and biases
  /// Sets hidden and state, and leaves in the sums what backward needs. All of recurrent_sums may be changed.
  void (*forward)(const CellStep& step);
  /// Leaves in input_sums their gradient, and where sums are separate in recurrent_sums theirs; else those are memory to work in.
  void (*backward)(const CellStep& step, const CellGradients& gradients);
  /// Gives a value to a bias_ih that was set to zeros; null: none.
  void (*begin_bias)(float* bias, std::int64_t units) = nullptr;
};

// The functions of a record LayerType. The settings are those of TREINO_RECURRENT_TOML.
Shape recurrent_shape(const ShapeContext& at, const Cell& cell);
std::int64_t recurrent_flops(const LayerSpec& spec, const Shape& input, const Shape& output, const Cell& cell);
std::unique_ptr<Layer> make_recurrent(const LayerContext& context, const Cell& cell);

#define TREINO_RECURRENT_TOML                                                                                                \
  "[type.parameters.units]\n"                                                                                                \
  "type = \"int\"\n"                                                                                                         \
  "required = true\n"                                                                                                        \
  "min = 1\n"                                                                                                                \
  "doc = \"length of the output of a step\"\n"                                                                               \
  "[type.parameters.return_sequences]\n"                                                                                     \
  "type = \"bool\"\n"                                                                                                        \
  "default = false\n"                                                                                                        \
  "doc = \"put out all steps, length x units; else the last one alone\"\n"                                                   \
  "[type.parameters.bidirectional]\n"                                                                                        \
  "type = \"bool\"\n"                                                                                                        \
  "default = false\n"                                                                                                        \
  "doc = \"go over the sequence in both directions, with weights for each: 2 * units outputs, the backward ones last\"\n"    \
  "[type.parameters.go_backwards]\n"                                                                                         \
  "type = \"bool\"\n"                                                                                                        \
  "default = false\n"                                                                                                        \
  "doc = \"go from the last step to the first, and put steps out in that order\"\n" TREINO_BIAS_TOML TREINO_INITIALIZER_TOML \
  "[type.parameters.recurrent_initializer]\n"                                                                                \
  "type = \"string\"\n"                                                                                                      \
  "default = \"orthogonal\"\n"                                                                                               \
  "choices = [\"glorot_uniform\", \"glorot_normal\", \"he_uniform\", \"he_normal\", \"lecun_uniform\", \"lecun_normal\", "   \
  "\"zeros\", \"ones\", \"normal\", \"uniform\", \"truncated_normal\", \"orthogonal\"]\n"                                    \
  "doc = \"how the weights between one step's output and the next are drawn\"\n" TREINO_REGULARIZATION_TOML

}  // namespace treino::nn
