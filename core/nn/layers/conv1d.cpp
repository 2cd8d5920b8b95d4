// Convolution over channels x length, of sequences such as sound and series of measurements; weight: filters x channels of a group x
// length. It is a convolution of images one row high.
#include <fmt/format.h>

#include <limits>

#include "nn/layers/convolution_layer.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/window.hpp"

namespace treino::nn {
namespace {

/// A setting, which is below 2^31, so that no product of two overflows.
std::int64_t conv1d_setting(const ShapeContext& at, const char* setting, std::int64_t lowest) {
  const auto value = at.spec.settings.at<std::int64_t>(setting);
  if (value < lowest) at.fail(fmt::format("{} must be at least {}, not {}", setting, lowest, value));
  if (value > std::numeric_limits<std::int32_t>::max()) at.fail(fmt::format("{} of {} is too large", setting, value));
  return value;
}

/// Without groups.
Window conv1d_window(const ShapeContext& at) {
  if (at.input.size() != 2) at.fail(fmt::format("expects channels x length, the input is {}", to_text(at.input)));
  const std::int64_t length = at.input[1], padding = conv1d_setting(at, "padding", 0);
  Window window{.channels = at.input[0],
                .height = 1,
                .width = length,
                .kernel_height = 1,
                .kernel_width = conv1d_setting(at, "kernel", 1),
                .stride_height = 1,
                .stride_width = conv1d_setting(at, "stride", 1)};
  window.output_height = 1;
  window.dilation_width = window.kernel_width == 1 ? 1 : conv1d_setting(at, "dilation", 1);
  const bool same = at.spec.settings.at<bool>("same_padding"), causal = at.spec.settings.at<bool>("causal_padding");
  if ((padding > 0) + same + causal > 1) at.fail("padding, same_padding and causal_padding exclude each other");
  const std::int64_t reach = window.reach_width(), before = causal ? reach - 1 : padding;
  if (!same && reach > length + before + padding)
    at.fail(fmt::format("a kernel that reaches over {} on a length of {}{}", reach, length,
                        padding > 0 ? fmt::format(" with padding {}", padding) : ""));
  const Axis axis =
      same ? same_axis(length, reach, window.stride_width) : padded_axis(length, reach, window.stride_width, before, padding);
  window.left = axis.before, window.right = axis.after, window.output_width = axis.output;
  return window;
}

Shape conv1d_weight(const Window& window, std::int64_t filters) {
  return {filters, window.channels / window.groups, window.kernel_width};
}

Shape conv1d_shape(const ShapeContext& at) {
  const std::int64_t filters = checked_filters(at);
  at.check_weights();
  Window window = conv1d_window(at);
  window.groups = checked_groups(at, filters);
  at.check_size(conv1d_weight(window, filters), "a weight");
  return {filters, window.output_width};
}

Window grouped_conv1d_window(const LayerSpec& spec, const Shape& input) {
  Window window = conv1d_window({0, spec, input});
  window.groups = spec.settings.at<std::int64_t>("groups");
  return window;
}

std::unique_ptr<Layer> make_conv1d(const LayerContext& context) {
  const Window window = grouped_conv1d_window(context.spec, context.input);
  return make_convolution(context, window, conv1d_weight(window, context.output[0]));
}

std::int64_t conv1d_flops(const LayerSpec& spec, const Shape& input, const Shape& output) {
  return convolution_flops(grouped_conv1d_window(spec, input), output, spec.settings.at<bool>("bias"));
}

}  // namespace

extern const LayerType conv1d_layer{
    .id = "conv1d",
    .description = "summary = \"convolution over channels x length\"\n" TREINO_FILTERS_TOML R"toml([type.parameters.kernel]
type = "int"
required = true
min = 1
doc = "length of the window"
[type.parameters.stride]
type = "int"
default = 1
min = 1
doc = "step from one window to the next"
[type.parameters.padding]
type = "int"
default = 0
min = 0
doc = "zeros on each side"
)toml" TREINO_SAME_PADDING_TOML R"toml([type.parameters.causal_padding]
type = "bool"
default = false
doc = "pad before the first place alone, so that no output depends on a later input"
[type.parameters.dilation]
type = "int"
default = 1
min = 1
doc = "distance on the input from one element of the window to the next"
)toml" TREINO_GROUPS_TOML TREINO_BIAS_TOML TREINO_INITIALIZER_TOML TREINO_REGULARIZATION_TOML,
    .shape = conv1d_shape,
    .flops = conv1d_flops,
    .make = make_conv1d,
    .accepts_blocked_layout = accepts_any_layout,
    .is_convolution = true,
};

}  // namespace treino::nn
