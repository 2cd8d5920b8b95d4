// Another view of the same numbers: channels x height x width as one row. Nothing is moved.
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Flatten final : public Layer {
 public:
  Traits traits() const override { return {.passes_input = true, .gradient_in_place = true}; }
  const float* forward(const float* input, const Pass&) override { return input; }
  void backward(const Gradients&, const BackwardPass&) override {}
};

}  // namespace

extern const LayerType flatten_layer{
    .id = "flatten",
    .description = "summary = \"makes a sample flat: channels x height x width becomes one row\"",
    .shape = [](const ShapeContext& at) { return Shape{size_of(at.input)}; },
    .flops = flops_per_output<0>,
    .make = [](const LayerContext&) -> std::unique_ptr<Layer> { return std::make_unique<Flatten>(); },
};

}  // namespace treino::nn
