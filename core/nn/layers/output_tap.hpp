// What a layer puts out, as one of the model's further outputs: kept beside the layer, since others may work on it, or take its memory.
#pragma once
#include "nn/layers/layer.hpp"

namespace treino::nn {

class OutputTap final : public Layer {
 public:
  /// For at most `capacity` rows of `size` numbers.
  OutputTap(std::int64_t size, std::int64_t capacity, StepMemory& memory);
  Traits traits() const override { return {}; }
  const float* forward(const float* input, const Pass& pass) override;
  /// The gradient is gradient(), whoever has set it.
  void backward(const Gradients& gradients, const BackwardPass& pass) override;

  const float* values() const { return values_.data(); }
  float* gradient() { return gradient_.data(); }

 private:
  std::int64_t size_;
  ArenaSpan<float> values_, gradient_;
};

}  // namespace treino::nn
