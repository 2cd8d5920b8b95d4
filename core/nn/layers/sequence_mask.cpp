// Read once per forward; the layers ask for single steps.
#include "nn/layers/sequence_mask.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace treino::nn {

SequenceMask::SequenceMask(const LayerContext& context) : length_(context.input[0]) {
  if (context.inputs.size() < 2) return;
  width_ = size_of(context.inputs[1]) / length_;
  if (context.spec.settings.has("mask_value")) value_ = static_cast<float>(context.setting<double>("mask_value"));
  context.memory.request(padding_, context.capacity * length_, Use::kept);
}

void SequenceMask::read(std::span<const float* const> inputs, std::int64_t batch) {
  if (!is_given()) return;
  for (std::int64_t step = 0; step < batch * length_; ++step) {
    const float* const values = inputs[1] + step * width_;
    padding_[step] = std::all_of(values, values + width_, [&](float value) { return value == value_; });
  }
}

void SequenceMask::clear_gradient(std::span<const InputGradient> inputs, std::int64_t size) {
  if (inputs.size() > 1 && inputs[1].wanted && !inputs[1].add) std::fill_n(inputs[1].values, size, 0.0f);
}

void check_mask(const ShapeContext& at) {
  if (at.inputs.size() < 2) {
    if (at.spec.settings.has("mask_value"))
      at.fail(
          "mask_value is of a second input, and there is none: inputs = [\"...\", \"...\"] names the sequence and where padding "
          "is seen");
    return;
  }
  const Shape& mask = at.inputs[1];
  if (mask.empty() || mask.size() > 2 || mask[0] != at.input[0])
    at.fail_input(
        1, fmt::format("where padding is seen has to be {0}, or {0} x features; the input is {1}", at.input[0], to_text(mask)));
}

}  // namespace treino::nn
