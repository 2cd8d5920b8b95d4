// Convolution (the cross-correlation that networks call so) over channels x height x width, weight: filters x channels x height x
// width.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/layers/layer.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/window.hpp"
#include "nn/onednn/convolution.hpp"

namespace treino::nn {
namespace {

class Conv2d final : public Layer {
 public:
  explicit Conv2d(const LayerContext& context)
      : window_(window_of({context.number, context.spec, context.input}, WindowUse::convolution)),
        filters_(context.output[0]),
        has_bias_(context.setting<bool>("bias")),
        threads_(context.threads),
        input_block_(context.input_block),
        output_size_(size_of(context.output)) {
    context.request(output_);
    const std::int64_t area = window_.kernel_height * window_.kernel_width;
    const Shape shape{filters_, window_.channels, window_.kernel_height, window_.kernel_width};
    weight_ = context.add_weight(shape, {window_.channels * area, filters_ * area});
    if (has_bias_) bias_ = context.parameters.add(context.name + "/bias", {filters_}, {"zeros"});
    const Convolution& largest = planned_for(context.capacity);
    output_block_ = largest.output_block();
    context.memory.request(weight_sum_, size_of(shape), Use::backward);
    context.memory.request(bias_sum_, filters_, Use::backward);
    context.memory.request(forward_scratch_, static_cast<std::int64_t>(largest.forward_scratch()), Use::forward);
    context.memory.request(backward_scratch_, static_cast<std::int64_t>(largest.backward_scratch()), Use::backward);
  }

  bool absorb_relu() override { return relu_ = true; }
  Traits traits() const override { return {.reads_input = true, .reads_output = relu_}; }

  std::int64_t channel_block() const override { return output_block_; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    Convolution& convolution = planned_for(pass.batch);
    std::byte* scratch = scratch_of(convolution.forward_scratch(), forward_scratch_);
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
    Convolution& convolution = planned_for(pass.batch);
    std::byte* scratch = scratch_of(convolution.backward_scratch(), backward_scratch_);
    if (relu_) {
      parallel_for(pass.batch * output_size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
        kernels().relu_gradient(gradients.output + first, output_.data() + first, last - first);
      });
    }
    if (pass.learns) {
      convolution.backward_weights(input_, gradients.output, pass.accumulate ? weight_sum_.data() : weight_.gradient,
                                   pass.accumulate ? bias_sum_.data() : bias_.gradient, scratch);
      if (pass.accumulate) add_sums();
    }
    if (!pass.wants_input_gradient) return;
    convolution.backward_data(gradients.output, weight_.value, gradients.input, scratch);
  }

 private:
  struct Planned {
    std::int64_t batch;
    std::unique_ptr<Convolution> convolution;
  };

  // oneDNN plans for one size of batch. Few sizes occur in a run: that of training and of evaluation, and their last ones.
  Convolution& planned_for(std::int64_t batch) {
    const auto found = std::find_if(plans_.begin(), plans_.end(), [&](const Planned& plan) { return plan.batch == batch; });
    if (found != plans_.end()) return *found->convolution;
    if (plans_.size() >= most_plans) plans_.pop_back();
    plans_.push_back({batch, std::make_unique<Convolution>(window_, filters_, batch, has_bias_, input_block_)});
    return *plans_.back().convolution;
  }

  // The network's memory is planned for its largest batch; a smaller one could be computed another way and want more.
  std::byte* scratch_of(std::size_t bytes, ArenaSpan<std::byte>& planned) {
    if (bytes <= planned.size()) return planned.data();
    if (bytes > more_scratch_.size()) more_scratch_ = Array<std::byte>::unset(static_cast<std::int64_t>(bytes));
    return more_scratch_.data();
  }

  void add_sums() {
    kernels().add(weight_.gradient, weight_sum_.data(), static_cast<std::int64_t>(weight_sum_.size()));
    if (bias_.gradient != nullptr) kernels().add(bias_.gradient, bias_sum_.data(), static_cast<std::int64_t>(bias_sum_.size()));
  }

  static constexpr std::size_t most_plans = 8;

  Window window_;
  std::int64_t filters_;
  bool has_bias_;
  int threads_;
  std::int64_t input_block_, output_block_ = 1, output_size_;
  ArenaSpan<float> output_, weight_sum_, bias_sum_;
  ArenaSpan<std::byte> forward_scratch_, backward_scratch_;
  Array<std::byte> more_scratch_;
  Parameters::Pointers weight_{}, bias_{};
  std::vector<Planned> plans_;
  const float* input_ = nullptr;
  bool relu_ = false;
};

Shape conv2d_shape(const ShapeContext& at) {
  const auto filters = at.spec.settings.at<std::int64_t>("filters");
  if (filters < 1) at.fail(fmt::format("filters must be at least 1, not {}", filters));
  at.check_initializer();
  const Window window = window_of(at, WindowUse::convolution);
  at.check_size({filters, window.channels, window.kernel_height, window.kernel_width}, "a weight");
  return {filters, window.output_height, window.output_width};
}

std::int64_t conv2d_flops(const LayerSpec& spec, const Shape& input, const Shape& output) {
  const Window window = window_of({0, spec, input}, WindowUse::convolution);
  const std::int64_t bias = spec.settings.at<bool>("bias") ? 1 : 0;
  return size_of(output) * (2 * window.channels * window.kernel_height * window.kernel_width + bias);
}

}  // namespace

extern const LayerType conv2d_layer{
    .id = "conv2d",
    .description = R"toml(summary = "convolution over channels x height x width"
[type.parameters.filters]
type = "int"
required = true
min = 1
doc = "output channels"
)toml" TREINO_KERNEL_TOML R"toml([type.parameters.stride]
type = "list"
items = "int"
scalar = true
default = []
min = 1
doc = "vertical and horizontal step; a single integer means both; empty: 1"
[type.parameters.padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "vertical and horizontal zeros on each side; a single integer means both; empty: none"
)toml" TREINO_SAME_PADDING_TOML TREINO_BIAS_TOML TREINO_INITIALIZER_TOML,
    .shape = conv2d_shape,
    .flops = conv2d_flops,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> { return std::make_unique<Conv2d>(context); },
    .accepts_blocked_layout = accepts_any_layout,
};

}  // namespace treino::nn
