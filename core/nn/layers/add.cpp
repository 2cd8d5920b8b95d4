// The sum of its inputs, element by element: where the branches of a residual network meet. He et al., CVPR 2016.
#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/equal_shapes.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/merge_layer.hpp"

namespace treino::nn {
namespace {

class Add final : public MergeLayer {
 public:
  explicit Add(const LayerContext& context)
      : block_(context.input_block), size_(size_of(context.output)), threads_(context.threads) {
    context.request(output_);
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_output = relu_, .gradient_in_place = true}; }
  std::int64_t channel_block() const override { return block_; }

  const float* merge(std::span<const float* const> inputs, const Pass& pass) override {
    parallel_for(pass.batch * size_, 2, threads_, [&](std::int64_t first, std::int64_t last) {
      const float* sum = inputs[0] + first;
      for (std::size_t k = 1; k < inputs.size(); ++k) {
        kernels().sum(sum, inputs[k] + first, output_.data() + first, last - first, relu_ && k + 1 == inputs.size());
        sum = output_.data() + first;
      }
    });
    return output_.data();
  }

  void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) override {
    parallel_for(pass.batch * size_, 2, threads_, [&](std::int64_t first, std::int64_t last) {
      const float* gradient = output_gradient + first;
      if (relu_) kernels().relu_gradient(output_gradient + first, output_.data() + first, last - first);
      for (const InputGradient& input : inputs) {
        if (!input.wanted || input.values == output_gradient) continue;
        if (input.add)
          kernels().add(input.values + first, gradient, last - first);
        else
          std::copy_n(gradient, last - first, input.values + first);
      }
    });
  }

 private:
  std::int64_t block_, size_;
  int threads_;
  bool relu_ = false;
  ArenaSpan<float> output_;
};

}  // namespace

extern const LayerType add_layer{
    .id = "add",
    .description = "summary = \"sum of its inputs, element by element; all have one shape\"",
    .shape = equal_shapes,
    .flops = flops_per_further_input,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Add>(context); },
    .accepts_blocked_layout = accepts_any_layout,
    .least_inputs = 2,
    .most_inputs = any_number,
};

}  // namespace treino::nn
