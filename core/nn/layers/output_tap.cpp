// Copies, there and back: outputs that losses look at are small beside what makes them.
#include "nn/layers/output_tap.hpp"

#include <algorithm>

namespace treino::nn {

OutputTap::OutputTap(std::int64_t size, std::int64_t capacity, StepMemory& memory) : size_(size) {
  memory.request(values_, capacity * size, Use::always);
  memory.request(gradient_, capacity * size, Use::always);
}

const float* OutputTap::forward(const float* input, const Pass& pass) {
  std::copy_n(input, pass.batch * size_, values_.data());
  return values_.data();
}

void OutputTap::backward(const Gradients& gradients, const BackwardPass& pass) {
  if (pass.wants_input_gradient) std::copy_n(gradient_.data(), pass.batch * size_, gradients.input);
}

}  // namespace treino::nn
