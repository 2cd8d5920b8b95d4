// Which steps of a batch of sequences are padding. A layer over sequences may have a second input that tells, such as the indices that
// an embedding before it reads: steps of which every value is `mask_value`.
#pragma once
#include <cstdint>
#include <span>

#include "nn/layers/layer.hpp"
#include "nn/layers/merge_layer.hpp"
#include "nn/layers/shape_context.hpp"

namespace treino::nn {

class SequenceMask {
 public:
  explicit SequenceMask(const LayerContext& context);

  /// inputs: those of the layer. Without a second one no step is padding.
  void read(std::span<const float* const> inputs, std::int64_t batch);

  bool is_given() const { return width_ > 0; }
  bool is_padding(std::int64_t sample, std::int64_t time) const {
    return is_given() && padding_.data()[sample * length_ + time] != 0;
  }

  /// Nothing is learned of the second input.
  static void clear_gradient(std::span<const InputGradient> inputs, std::int64_t size);
  /// Of a sample of the second input.
  std::int64_t size() const { return length_ * width_; }

 private:
  std::int64_t length_, width_ = 0;  // width: of a step
  float value_ = 0;
  ArenaSpan<std::uint8_t> padding_;
};

/// That a second input has the first one's steps, and that a mask_value has one to be looked for in.
void check_mask(const ShapeContext& at);

}  // namespace treino::nn
