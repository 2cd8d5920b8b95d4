// The product of its inputs, element by element, as gates have it.
#include <algorithm>
#include <vector>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/equal_shapes.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/merge_layer.hpp"

namespace treino::nn {
namespace {

class Multiply final : public MergeLayer {
 public:
  explicit Multiply(const LayerContext& context)
      : block_(context.input_block), size_(size_of(context.output)), threads_(context.threads), inputs_(context.inputs.size()) {
    context.request(output_);
    if (inputs_.size() > 2) context.request(others_, Use::backward);
  }

  Traits traits() const override { return {.reads_input = true, .gradient_in_place = true}; }
  std::int64_t channel_block() const override { return block_; }

  const float* merge(std::span<const float* const> inputs, const Pass& pass) override {
    std::copy(inputs.begin(), inputs.end(), inputs_.begin());
    parallel_for(pass.batch * size_, 2, threads_, [&](std::int64_t first, std::int64_t last) {
      const float* product = inputs[0] + first;
      for (std::size_t k = 1; k < inputs.size(); ++k) {
        kernels().multiply(product, inputs[k] + first, output_.data() + first, last - first, false);
        product = output_.data() + first;
      }
    });
    return output_.data();
  }

  void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) override {
    parallel_for(pass.batch * size_, 2 * static_cast<std::int64_t>(inputs.size()), threads_,
                 [&](std::int64_t first, std::int64_t last) {
                   for (const bool in_place : {false, true})
                     for (std::size_t k = 0; k < inputs.size(); ++k)
                       if (inputs[k].wanted && (inputs[k].values == output_gradient) == in_place)
                         kernels().multiply(output_gradient + first, others(k, first, last), inputs[k].values + first,
                                            last - first, inputs[k].add);
                 });
  }

 private:
  /// The product of all inputs but one, from element `first` on.
  const float* others(std::size_t but, std::int64_t first, std::int64_t last) {
    const float* product = nullptr;
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
      if (k == but) continue;
      if (product != nullptr) kernels().multiply(product, inputs_[k] + first, others_.data() + first, last - first, false);
      product = product == nullptr ? inputs_[k] + first : others_.data() + first;
    }
    return product;
  }

  std::int64_t block_, size_;
  int threads_;
  std::vector<const float*> inputs_;
  ArenaSpan<float> output_, others_;
};

}  // namespace

extern const LayerType multiply_layer{
    .id = "multiply",
    .description = "summary = \"product of its inputs, element by element; all have one shape\"",
    .shape = equal_shapes,
    .flops = flops_per_further_input,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Multiply>(context); },
    .accepts_blocked_layout = accepts_any_layout,
    .least_inputs = 2,
    .most_inputs = any_number,
};

}  // namespace treino::nn
