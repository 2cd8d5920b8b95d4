// Layers that read several others.
#pragma once
#include <cstdint>
#include <span>
#include <stdexcept>

#include "nn/layers/layer.hpp"

namespace treino::nn {

/// Of the loss, with respect to one of several inputs.
struct InputGradient {
  float* values;  // batch x that input's shape; of one input at most, it is the output's gradient itself, and is set last
  bool wanted;    // false: nothing before that input has anything to learn, or it is the model's own
  bool add;       // to what others that read that input have put there already
};

/// In place of forward and backward of a single input. Traits: where gradient_in_place, split can make an input's gradient of the
/// output's where that lies. Channels in blocks come in blocks of one size, or in none.
class MergeLayer : public Layer {
 public:
  virtual const float* merge(std::span<const float* const> inputs, const Pass& pass) = 0;
  /// output_gradient: may be changed. Sets the gradients that are wanted, or adds to them, in the inputs' order.
  virtual void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) = 0;

  const float* forward(const float*, const Pass&) final { throw std::logic_error("a layer of several inputs merges them"); }
  void backward(const Gradients&, const BackwardPass&) final { throw std::logic_error("a layer of several inputs splits"); }
};

}  // namespace treino::nn
