// Scaled dot-product attention, for each sample and head by itself: between the projections of an attention layer.
#pragma once
#include <cstdint>

#include "nn/layers/layer.hpp"

namespace treino::nn {

class AttentionHeads {
 public:
  AttentionHeads(const LayerContext& context, std::int64_t heads, bool causal);

  /// projected: batch x length x (queries, keys, values), each of all heads. mixed: batch x length x width.
  void forward(const float* projected, std::int64_t batch, float* mixed);
  /// `projected` becomes its gradient.
  void backward(const float* mixed_gradient, std::int64_t batch, float* projected);

 private:
  /// What one head of one sample computes with, and the memory of the thread that does: queries, keys, values and what is mixed of
  /// them are length x size.
  struct Head {
    float *query, *key, *value, *mixed, *table, *gradients, *scratch;
    float* weights;  // kept for backward
    std::int64_t sample, number;
  };
  template <class Work>
  void each_head(std::int64_t batch, ArenaSpan<float>& memory, Work work);
  std::int64_t thread_memory() const;
  void take(const float* from, std::int64_t row_step, float* to) const;
  void put(const float* from, float* to, std::int64_t row_step, float factor) const;
  void product(const Head& head, bool square, const float* a, bool a_transposed, const float* b, bool b_transposed,
               float* c) const;
  void mask(float* scores) const;

  std::int64_t length_, width_, heads_, size_;
  bool causal_;
  int threads_;
  ArenaSpan<float> weights_, forward_memory_, backward_memory_;
};

}  // namespace treino::nn
