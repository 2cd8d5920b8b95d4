// oneDNN computes it, in memory that the network has planned; what it lacks is a relu that keeps NaN, and adding to gradients.
#include "nn/layers/convolution_layer.hpp"

#include <fmt/format.h>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/onednn/convolution_plans.hpp"

namespace treino::nn {
namespace {

class ConvolutionLayer final : public Layer {
 public:
  ConvolutionLayer(const LayerContext& context, const Window& window, const Shape& weight)
      : threads_(context.threads),
        output_size_(size_of(context.output)),
        plans_(window, context.output[0], context.setting<bool>("bias"), context.input_block, context.products.precision()) {
    context.request(output_);
    const std::int64_t filters = context.output[0], area = window.kernel_height * window.kernel_width;
    weight_ = context.add_weight(weight, {window.channels / window.groups * area, filters / window.groups * area});
    if (context.setting<bool>("bias")) bias_ = context.parameters.add(context.name + "/bias", {filters}, {"zeros"});
    const Convolution& largest = plans_.of(context.capacity);
    output_block_ = largest.output_block();
    context.memory.request(weight_sum_, size_of(weight), Use::backward);
    context.memory.request(bias_sum_, filters, Use::backward);
    context.memory.request(forward_scratch_, static_cast<std::int64_t>(largest.forward_scratch()), Use::forward);
    context.memory.request(backward_scratch_, static_cast<std::int64_t>(largest.backward_scratch()), Use::backward);
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_input = true, .reads_output = relu_}; }

  std::int64_t channel_block() const override { return output_block_; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    Convolution& convolution = plans_.of(pass.batch);
    std::byte* scratch = plans_.scratch(convolution.forward_scratch(), forward_scratch_);
    convolution.forward(input, weight_.value, bias_.value, output_.data(), scratch);
    // oneDNN's own relu would make a zero of a NaN.
    if (relu_) {
      parallel_for(pass.batch * output_size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
        kernels().add_bias(output_.data() + first, nullptr, 1, last - first, true);
      });
    }
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    Convolution& convolution = plans_.of(pass.batch);
    std::byte* scratch = plans_.scratch(convolution.backward_scratch(), backward_scratch_);
    if (relu_) {
      parallel_for(pass.batch * output_size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
        kernels().relu_gradient(gradients.output + first, output_.data() + first, last - first);
      });
    }
    if (pass.learns) {
      convolution.backward_weights(input_, gradients.output, pass.accumulate ? weight_sum_.data() : weight_.gradient,
                                   pass.accumulate ? bias_sum_.data() : bias_.gradient, scratch);
      if (pass.accumulate) add_gradients();
    }
    if (!pass.wants_input_gradient) return;
    convolution.backward_data(gradients.output, weight_.value, gradients.input, scratch);
  }

 private:
  void add_gradients() {
    kernels().add(weight_.gradient, weight_sum_.data(), static_cast<std::int64_t>(weight_sum_.size()));
    if (bias_.gradient != nullptr) kernels().add(bias_.gradient, bias_sum_.data(), static_cast<std::int64_t>(bias_sum_.size()));
  }

  int threads_;
  std::int64_t output_block_ = 1, output_size_;
  ConvolutionPlans plans_;
  ArenaSpan<float> output_, weight_sum_, bias_sum_;
  ArenaSpan<std::byte> forward_scratch_, backward_scratch_;
  Parameters::Pointers weight_{}, bias_{};
  const float* input_ = nullptr;
  bool relu_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(const LayerContext& context, const Window& window, const Shape& weight) {
  return std::make_unique<ConvolutionLayer>(context, window, weight);
}

std::int64_t checked_groups(const ShapeContext& at, std::int64_t filters) {
  const auto groups = at.spec.settings.at<std::int64_t>("groups");
  if (groups < 1) at.fail(fmt::format("groups must be at least 1, not {}", groups));
  if (at.input[0] % groups != 0)
    at.fail(fmt::format("{} channels (the input is {}) do not divide into {} groups", at.input[0], to_text(at.input), groups));
  if (filters % groups != 0) at.fail(fmt::format("{} filters do not divide into {} groups", filters, groups));
  return groups;
}

std::int64_t checked_filters(const ShapeContext& at) {
  const auto filters = at.spec.settings.at<std::int64_t>("filters");
  if (filters < 1) at.fail(fmt::format("filters must be at least 1, not {}", filters));
  return filters;
}

std::int64_t convolution_flops(const Window& window, const Shape& output, bool bias) {
  const std::int64_t products = window.channels / window.groups * window.kernel_height * window.kernel_width;
  return size_of(output) * (2 * products + (bias ? 1 : 0));
}

}  // namespace treino::nn
