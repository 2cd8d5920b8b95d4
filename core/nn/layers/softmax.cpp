// exp(x) / sum of exp(x) over a sample's elements, of a sequence over those of each step: probabilities of classes that exclude each
// other.
#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"

namespace treino::nn {
namespace {

class Softmax final : public Layer {
 public:
  explicit Softmax(const LayerContext& context)
      : size_(context.output.back()), steps_(size_of(context.output) / size_), threads_(context.threads) {
    context.request(output_);
  }
  Traits traits() const override { return {.reads_output = true, .gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    parallel_for(pass.batch * steps_, 8 * size_, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().softmax(input + first * size_, output_.data() + first * size_, last - first, size_);
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    parallel_for(pass.batch * steps_, 4 * size_, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().softmax_gradient(output_.data() + first * size_, gradients.output + first * size_, last - first, size_);
    });
  }

 private:
  std::int64_t size_, steps_;
  int threads_;
  ArenaSpan<float> output_;
};

Shape softmax_shape(const ShapeContext& at) {
  if (at.input.size() != 2) at.check_flat();
  return at.input;
}

}  // namespace

extern const LayerType softmax_layer{
    .id = "softmax",
    .description =
        "summary = \"exp(x) / sum of exp(x) over a flat sample or each step of a sequence; not wanted before a loss that takes "
        "logits\"",
    .shape = softmax_shape,
    .flops = flops_per_output<4>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Softmax>(context); },
    .outputs = Outputs::probabilities,
};

}  // namespace treino::nn
