// The sentence for shapes that differ, at the first that does.
#include "nn/layers/equal_shapes.hpp"

#include <fmt/format.h>

namespace treino::nn {

Shape equal_shapes(const ShapeContext& at) {
  for (std::size_t k = 1; k < at.inputs.size(); ++k) {
    if (at.inputs[k] == at.input) continue;
    at.fail_input(k, fmt::format("all inputs have one shape, and \"{}\" is {}, \"{}\" {}", at.spec.inputs[0], to_text(at.input),
                                 at.spec.inputs[k], to_text(at.inputs[k])));
  }
  return at.input;
}

std::int64_t flops_per_further_input(const LayerSpec& spec, const Shape&, const Shape& output) {
  return static_cast<std::int64_t>(spec.inputs.size() - 1) * size_of(output);
}

}  // namespace treino::nn
