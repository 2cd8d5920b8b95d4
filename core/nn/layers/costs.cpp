#include "nn/layers/costs.hpp"

#include "nn/shapes.hpp"

namespace treino::nn {
namespace {

std::int64_t flops_of(const LayerSpec& spec, const Shape& input, const Shape& output) {
  const std::int64_t size = size_of(output);
  if (spec.type == "dense") return size * (2 * input[0] + (spec.bias ? 1 : 0));
  if (spec.type == "conv2d") {
    const Window window = window_of(0, spec, input);
    return size * (2 * window.channels * window.kernel_height * window.kernel_width + (spec.bias ? 1 : 0));
  }
  if (spec.type == "max_pool" || spec.type == "avg_pool") {
    const Window window = window_of(0, spec, input);
    return size * window.kernel_height * window.kernel_width;
  }
  if (spec.type == "global_avg_pool") return size_of(input);
  if (spec.type == "batch_norm") return 4 * size;
  if (spec.type == "layer_norm") return 8 * size;
  if (spec.type == "softmax" || spec.type == "sigmoid" || spec.type == "gelu") return 4 * size;
  if (spec.type == "leaky_relu") return 2 * size;
  if (spec.type == "flatten" || spec.type == "dropout") return 0;
  return size;
}

}  // namespace

LayerInfo info_of(const LayerSpec& spec, const std::string& name, const Shape& input, const Shape& output) {
  return {name, spec.type, output, 0, 0, flops_of(spec, input, output), size_of(output) * std::int64_t{sizeof(float)}};
}

}  // namespace treino::nn
