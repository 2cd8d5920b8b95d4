// One of several inputs of the model: a stretch of the sample's features, in a shape of its own. No manifest names the type: such
// layers stand before all others, one for each input that [data] names.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Input final : public Layer {
 public:
  explicit Input(const LayerContext& context)
      : first_(context.setting<std::int64_t>("first")),
        size_(size_of(context.output)),
        row_(size_of(context.input)),
        threads_(context.threads) {
    if (!is_whole()) context.request(output_);
  }

  Traits traits() const override { return {.passes_input = is_whole()}; }

  const float* forward(const float* input, const Pass& pass) override {
    if (is_whole()) return input;
    parallel_for(pass.batch, size_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) std::copy_n(input + i * row_ + first_, size_, output_.data() + i * size_);
    });
    return output_.data();
  }

  /// Nothing before it learns.
  void backward(const Gradients&, const BackwardPass&) override {}

 private:
  bool is_whole() const { return size_ == row_; }

  std::int64_t first_, size_, row_;
  int threads_;
  ArenaSpan<float> output_;
};

Shape input_layer_shape(const ShapeContext& at) {
  const Shape shape = at.spec.settings.at<std::vector<std::int64_t>>("shape");
  const std::int64_t first = at.spec.settings.at<std::int64_t>("first"), row = size_of(at.input);
  const auto positive = [](std::int64_t size) { return size > 0; };
  if (shape.empty() || !std::ranges::all_of(shape, positive))
    at.fail(fmt::format("its sizes must be at least 1, not \"{}\"", to_text(shape)));
  at.check_size(shape, "a shape");
  if (first < 0 || first > row || size_of(shape) > row - first)
    at.fail(fmt::format("a sample has {} features, which do not hold {} from the {}th on", row, to_text(shape), first + 1));
  return shape;
}

}  // namespace

extern const LayerType input_layer{
    .id = "input",
    .description = "",
    .shape = input_layer_shape,
    .flops = flops_per_output<0>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Input>(context); },
};

}  // namespace treino::nn
