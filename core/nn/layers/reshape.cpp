// Another view of the same numbers, in any shape. Nothing is moved.
#include <fmt/format.h>

#include <algorithm>

#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Reshape final : public Layer {
 public:
  Traits traits() const override { return {.passes_input = true, .gradient_in_place = true}; }
  const float* forward(const float* input, const Pass&) override { return input; }
  void backward(const Gradients&, const BackwardPass&) override {}
};

Shape reshape_shape(const ShapeContext& at) {
  Shape shape = at.spec.settings.at<std::vector<std::int64_t>>("shape");
  const auto valid = [](std::int64_t size) { return size >= 1 || size == -1; };
  if (shape.empty() || !std::ranges::all_of(shape, valid) || std::ranges::count(shape, -1) > 1)
    at.fail(fmt::format("shape is sizes of at least 1, of which one may be -1, not [{}]", fmt::join(shape, ", ")));
  const auto open = std::ranges::find(shape, -1);
  if (open != shape.end()) *open = 1;
  at.check_size(shape, "a shape");
  const std::int64_t size = size_of(at.input), known = size_of(shape);
  if (open != shape.end() && size % known == 0) *open = size / known;
  if (size_of(shape) != size)
    at.fail(fmt::format("the input is {}, whose {} numbers do not fill the shape [{}]", to_text(at.input), size,
                        fmt::join(at.spec.settings.at<std::vector<std::int64_t>>("shape"), ", ")));
  return shape;
}

}  // namespace

extern const LayerType reshape_layer{
    .id = "reshape",
    .description = R"toml(summary = "gives a sample another shape, of as many numbers in the same order"
[type.parameters.shape]
type = "list"
items = "int"
scalar = true
required = true
min = -1
doc = "sizes without the batch; one may be -1: what is left"
)toml",
    .shape = reshape_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext&) -> std::unique_ptr<Layer> { return std::make_unique<Reshape>(); },
};

}  // namespace treino::nn
