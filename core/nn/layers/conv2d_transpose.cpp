// Transposed convolution: its forward is the input gradient of the convolution that goes from its output to its input, which makes
// images larger. weight: channels x filters of a group x height x width, as PyTorch's ConvTranspose2d has it. Zeiler et al.,
// Deconvolutional Networks, CVPR 2010.
#include <fmt/format.h>

#include <algorithm>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/kernels/sums.hpp"
#include "nn/layers/convolution_layer.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/window.hpp"
#include "nn/onednn/convolution_plans.hpp"

namespace treino::nn {
namespace {

class Conv2dTranspose final : public Layer {
 public:
  /// `window`: of the convolution from this layer's output to its input.
  Conv2dTranspose(const LayerContext& context, const Window& window)
      : filters_(context.output[0]),
        area_(context.output[1] * context.output[2]),
        threads_(context.threads),
        plans_(window, context.input[0], false, 1, context.products.precision(), true) {
    context.request(output_);
    const std::int64_t channels = context.input[0], kernel = window.kernel_height * window.kernel_width;
    const Shape shape{channels, filters_ / window.groups, window.kernel_height, window.kernel_width};
    weight_ = context.add_weight(shape, {channels / window.groups * kernel, filters_ / window.groups * kernel});
    if (context.setting<bool>("bias")) bias_ = context.parameters.add(context.name + "/bias", {filters_}, {"zeros"});
    Convolution& largest = plans_.of(context.capacity);
    const auto forward = static_cast<std::int64_t>(largest.forward_scratch()),
               backward = static_cast<std::int64_t>(largest.backward_scratch());
    context.memory.request(weight_sum_, size_of(shape), Use::backward);
    context.memory.request(forward_scratch_, backward, Use::forward);
    context.memory.request(backward_scratch_, std::max(forward, backward), Use::backward);
  }
  Traits traits() const override { return {.reads_input = true}; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    Convolution& convolution = plans_.of(pass.batch);
    convolution.backward_data(input, weight_.value, output_.data(),
                              plans_.scratch(convolution.backward_scratch(), forward_scratch_));
    if (bias_.value != nullptr) add_bias(pass.batch);
    return output_.data();
  }

  void backward(const Gradients& gradients, const BackwardPass& pass) override {
    Convolution& convolution = plans_.of(pass.batch);
    std::byte* scratch =
        plans_.scratch(std::max(convolution.forward_scratch(), convolution.backward_scratch()), backward_scratch_);
    if (pass.learns) {
      convolution.backward_weights(gradients.output, input_, pass.accumulate ? weight_sum_.data() : weight_.gradient, nullptr,
                                   scratch);
      if (pass.accumulate) kernels().add(weight_.gradient, weight_sum_.data(), static_cast<std::int64_t>(weight_sum_.size()));
      if (bias_.gradient != nullptr) add_up_bias(gradients.output, pass);
    }
    if (pass.wants_input_gradient) convolution.forward(gradients.output, weight_.value, nullptr, gradients.input, scratch);
  }

 private:
  void add_bias(std::int64_t batch) {
    parallel_for(batch * filters_, area_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t plane = first; plane < last; ++plane) {
        float* y = output_.data() + plane * area_;
        const float bias = bias_.value[plane % filters_];
        for (std::int64_t i = 0; i < area_; ++i) y[i] += bias;
      }
    });
  }

  /// Each filter by one thread, image after image.
  void add_up_bias(const float* output_gradient, const BackwardPass& pass) {
    parallel_for(filters_, pass.batch * area_, threads_, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t f = first; f < last; ++f) {
        double sum = 0;
        for (std::int64_t n = 0; n < pass.batch; ++n) {
          const float* gradient = output_gradient + (n * filters_ + f) * area_;
          sum += sum_of(area_, [&](std::int64_t i) { return gradient[i]; });
        }
        bias_.gradient[f] = (pass.accumulate ? bias_.gradient[f] : 0) + static_cast<float>(sum);
      }
    });
  }

  std::int64_t filters_, area_;
  int threads_;
  ConvolutionPlans plans_;
  ArenaSpan<float> output_, weight_sum_;
  ArenaSpan<std::byte> forward_scratch_, backward_scratch_;
  Parameters::Pointers weight_{}, bias_{};
  const float* input_ = nullptr;
};

/// One axis of the larger image, on which the convolution's windows lie.
struct LargeAxis {
  std::int64_t size;
  Axis windows;
};

LargeAxis same_large_axis(std::int64_t size, std::int64_t reach, std::int64_t stride) {
  return {size * stride, same_axis(size * stride, reach, stride)};
}

LargeAxis padded_large_axis(const ShapeContext& at, std::int64_t size, std::int64_t reach, std::int64_t stride,
                            std::int64_t padding, std::int64_t further) {
  const std::int64_t large = (size - 1) * stride + reach - 2 * padding + further;
  if (large < 1) at.fail(fmt::format("padding {} leaves nothing of an output of {}", padding, large + 2 * padding));
  return {large, {padding, padding, size}};
}

/// Of the convolution from the output to the input.
Window window_of_output(const ShapeContext& at) {
  at.check_image();
  if (at.spec.settings.at<std::vector<std::int64_t>>("kernel").empty()) at.fail("kernel is missing");
  const Pair kernel = pair_of(at, "kernel", {1, 1}, 1), stride = pair_of(at, "stride", {1, 1}, 1);
  const Pair padding = pair_of(at, "padding", {0, 0}, 0), further = pair_of(at, "output_padding", {0, 0}, 0);
  const bool same = at.spec.settings.at<bool>("same_padding");
  if (same && padding.vertical + padding.horizontal > 0) at.fail("padding and same_padding exclude each other");
  if (same && further.vertical + further.horizontal > 0) at.fail("output_padding and same_padding exclude each other");
  if (further.vertical >= stride.vertical || further.horizontal >= stride.horizontal)
    at.fail(fmt::format("output_padding {}x{} must be smaller than the stride, {}x{}", further.vertical, further.horizontal,
                        stride.vertical, stride.horizontal));
  Window window{.channels = checked_filters(at),
                .kernel_height = kernel.vertical,
                .kernel_width = kernel.horizontal,
                .stride_height = stride.vertical,
                .stride_width = stride.horizontal};
  set_dilation(at, window);
  const auto axis = [&](std::int64_t size, std::int64_t reach, std::int64_t step, std::int64_t pad, std::int64_t more) {
    return same ? same_large_axis(size, reach, step) : padded_large_axis(at, size, reach, step, pad, more);
  };
  const LargeAxis vertical = axis(at.input[1], window.reach_height(), stride.vertical, padding.vertical, further.vertical);
  const LargeAxis horizontal = axis(at.input[2], window.reach_width(), stride.horizontal, padding.horizontal, further.horizontal);
  window.height = vertical.size, window.width = horizontal.size;
  window.top = vertical.windows.before, window.bottom = vertical.windows.after;
  window.left = horizontal.windows.before, window.right = horizontal.windows.after;
  window.output_height = at.input[1], window.output_width = at.input[2];
  window.groups = checked_groups(at, window.channels);
  return window;
}

Shape conv2d_transpose_shape(const ShapeContext& at) {
  at.check_weights();
  const Window window = window_of_output(at);
  at.check_size({at.input[0], window.channels / window.groups, window.kernel_height, window.kernel_width}, "a weight");
  return {window.channels, window.height, window.width};
}

/// Each number of the input is multiplied into as many as the kernel and a group's filters have.
std::int64_t conv2d_transpose_flops(const LayerSpec& spec, const Shape& input, const Shape& output) {
  const Window window = window_of_output({0, spec, input});
  const std::int64_t products = window.channels / window.groups * window.kernel_height * window.kernel_width;
  return 2 * size_of(input) * products + (spec.settings.at<bool>("bias") ? size_of(output) : 0);
}

}  // namespace

extern const LayerType conv2d_transpose_layer{
    .id = "conv2d_transpose",
    .description =
        "summary = \"transposed convolution over channels x height x width, which makes images larger\"\n" TREINO_FILTERS_TOML
            TREINO_KERNEL_TOML TREINO_STRIDE_TOML R"toml([type.parameters.padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "rows and columns of the output that are cut off on each side; a single integer means both; empty: none"
[type.parameters.output_padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "rows and columns of the output that are added below and to the right, less than the stride; empty: none"
[type.parameters.same_padding]
type = "bool"
default = false
doc = "cut off so much that the output size is the input size * stride"
)toml" TREINO_DILATION_TOML TREINO_GROUPS_TOML TREINO_BIAS_TOML TREINO_INITIALIZER_TOML TREINO_PENALTY_TOML,
    .shape = conv2d_transpose_shape,
    .flops = conv2d_transpose_flops,
    .make = [](const LayerContext& context) -> std::unique_ptr<Layer> {
      return std::make_unique<Conv2dTranspose>(context, window_of_output({context.number, context.spec, context.input}));
    },
    .is_convolution = true,
};

}  // namespace treino::nn
