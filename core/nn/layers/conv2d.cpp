// Convolution (the cross-correlation that networks call so) over channels x height x width, weight: filters x channels of a group x
// height x width.
#include <fmt/format.h>

#include "nn/layers/convolution_layer.hpp"
#include "nn/layers/parameter_texts.hpp"
#include "nn/layers/window.hpp"

namespace treino::nn {
namespace {

Shape conv2d_weight(const Window& window, std::int64_t filters) {
  return {filters, window.channels / window.groups, window.kernel_height, window.kernel_width};
}

Shape conv2d_shape(const ShapeContext& at) {
  const std::int64_t filters = checked_filters(at);
  at.check_weights();
  Window window = window_of(at, WindowUse::convolution);
  window.groups = checked_groups(at, filters);
  at.check_size(conv2d_weight(window, filters), "a weight");
  return {filters, window.output_height, window.output_width};
}

Window conv2d_window(const LayerSpec& spec, const Shape& input) {
  Window window = window_of({0, spec, input}, WindowUse::convolution);
  window.groups = spec.settings.at<std::int64_t>("groups");
  return window;
}

std::unique_ptr<Layer> make_conv2d(const LayerContext& context) {
  const Window window = conv2d_window(context.spec, context.input);
  return make_convolution(context, window, conv2d_weight(window, context.output[0]));
}

std::int64_t conv2d_flops(const LayerSpec& spec, const Shape& input, const Shape& output) {
  return convolution_flops(conv2d_window(spec, input), output, spec.settings.at<bool>("bias"));
}

}  // namespace

extern const LayerType conv2d_layer{
    .id = "conv2d",
    .description =
        "summary = \"convolution over channels x height x width\"\n" TREINO_FILTERS_TOML TREINO_KERNEL_TOML TREINO_STRIDE_TOML
        R"toml([type.parameters.padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "vertical and horizontal zeros on each side; a single integer means both; empty: none"
)toml" TREINO_SAME_PADDING_TOML TREINO_DILATION_TOML TREINO_GROUPS_TOML TREINO_BIAS_TOML TREINO_INITIALIZER_TOML
            TREINO_REGULARIZATION_TOML,
    .shape = conv2d_shape,
    .flops = conv2d_flops,
    .make = make_conv2d,
    .accepts_blocked_layout = accepts_any_layout,
    .is_convolution = true,
};

}  // namespace treino::nn
