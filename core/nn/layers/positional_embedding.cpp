// Adds a learned vector to each step of a sequence, so that layers that see all steps alike can tell them apart; weight: length x
// features. Gehring et al., Convolutional Sequence to Sequence Learning, ICML 2017.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"

namespace treino::nn {
namespace {

class PositionalEmbedding final : public Layer {
 public:
  explicit PositionalEmbedding(const LayerContext& context)
      : size_(size_of(context.input)), threads_(context.threads), weight_(context.add_weight(context.input, fans_of(context))) {
    context.request(output_);
  }
  Traits traits() const override { return {.gradient_in_place = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    parallel_for(pass.batch, size_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t n = first; n < last; ++n) {
        float* y = output_.data() + n * size_;
        std::copy_n(input + n * size_, size_, y);
        kernels().add(y, weight_.value, size_);
      }
    });
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    if (!pass.learns) return;
    parallel_for(size_, pass.batch, threads_, [&](std::int64_t first, std::int64_t last) {
      if (!pass.accumulate) std::fill(weight_.gradient + first, weight_.gradient + last, 0.0f);
      for (std::int64_t n = 0; n < pass.batch; ++n)
        kernels().add(weight_.gradient + first, gradients.output + n * size_ + first, last - first);
    });
  }

 private:
  static Fans fans_of(const LayerContext& context) { return {context.input[0], context.input[1]}; }

  std::int64_t size_;
  int threads_;
  Parameters::Pointers weight_;
  ArenaSpan<float> output_;
};

Shape positional_embedding_shape(const ShapeContext& at) {
  if (at.input.size() != 2) at.fail(fmt::format("expects length x features, the input is {}", to_text(at.input)));
  at.check_weights();
  return at.input;
}

}  // namespace

extern const LayerType positional_embedding_layer{
    .id = "positional_embedding",
    .description =
        "summary = \"adds a learned vector to each step of a sequence, length x "
        "features\"\n" TREINO_INITIALIZER_WITH_DEFAULT_TOML("uniform") TREINO_PENALTY_TOML,
    .shape = positional_embedding_shape,
    .flops = flops_per_output<1>,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<PositionalEmbedding>(context); },
};

}  // namespace treino::nn
