// Scaled dot-product attention, for each sample and head by itself: between the projections of an attention layer.
#pragma once
#include <cstdint>

#include "nn/layers/dropout_factors.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/sequence_mask.hpp"

namespace treino::nn {

class AttentionHeads {
 public:
  /// From the settings num_heads, causal and dropout.
  explicit AttentionHeads(const LayerContext& context);

  /// projected: batch x length x (queries, keys, values), each of all heads. mixed: batch x length x width.
  /// Steps that are padding are seen by none; where a step sees no other, nothing is mixed: zeros.
  void forward(const float* projected, const SequenceMask& padding, const Pass& pass, float* mixed);
  /// `projected` becomes its gradient.
  void backward(const float* mixed_gradient, std::int64_t batch, float* projected);

 private:
  /// What one head of one sample computes with, and the memory of the thread that does: queries, keys, values and what is mixed of
  /// them are length x size.
  struct Head {
    float *query, *key, *value, *mixed, *table, *gradients, *scratch;
    float* weights;  // kept for backward
    float* factors;  // of the weights, likewise; null without dropout
    std::int64_t sample, number;
  };
  template <class Work>
  void each_head(std::int64_t batch, ArenaSpan<float>& memory, Work work);
  std::int64_t thread_memory() const;
  void take(const float* from, std::int64_t row_step, float* to) const;
  void put(const float* from, float* to, std::int64_t row_step, float factor) const;
  void product(const Head& head, bool square, const float* a, bool a_transposed, const float* b, bool b_transposed,
               float* c) const;
  const float* dropped(const Head& head, float* to) const;
  void hide(const SequenceMask& padding, std::int64_t sample, float* scores) const;
  void clear_blind(const SequenceMask& padding, std::int64_t sample, float* weights) const;

  std::int64_t length_, width_, heads_, size_;
  bool causal_;
  double rate_;
  DropoutFactors random_;
  bool drops_ = false;  // in the pass under way
  const Products& products_;
  int threads_;
  ArenaSpan<float> weights_, factors_, forward_memory_, backward_memory_;
};

}  // namespace treino::nn
