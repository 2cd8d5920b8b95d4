// max(x, 0). Where it can, the layer before does it on the way (Layer::absorb_relu), and this one is not built.
#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Relu final : public Layer {
 public:
  explicit Relu(const LayerContext& context)
      : block_(context.input_block), size_(size_of(context.output)), threads_(context.threads) {
    context.request(output_);
  }
  Traits traits() const override { return {.reads_output = true, .gradient_in_place = true}; }
  std::int64_t channel_block() const override { return block_; }

  const float* forward(const float* input, const Pass& pass) override {
    parallel_for(pass.batch * size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().relu(input + first, output_.data() + first, last - first);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    parallel_for(pass.batch * size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().relu_gradient(gradients.output + first, output_.data() + first, last - first);
    });
  }

 private:
  std::int64_t block_, size_;
  int threads_;
  ArenaSpan<float> output_;
};

}  // namespace

extern const LayerType relu_layer{
    .id = "relu",
    .description = "summary = \"max(x, 0)\"",
    .shape = same_shape,
    .flops = flops_per_output<1>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Relu>(context); },
    .accepts_blocked_layout = accepts_any_layout,
    .is_relu = true,
};

}  // namespace treino::nn
