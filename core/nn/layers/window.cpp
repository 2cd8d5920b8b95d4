#include <fmt/format.h>

#include <limits>

#include "nn/shapes.hpp"

namespace treino::nn {
namespace {

struct Pair {
  std::int64_t vertical, horizontal;
};

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

/// {n} and {n, m}; `missing` where the list is empty. Throws ShapeError outside [lowest, 2^31).
Pair pair_of(std::size_t layer, const LayerSpec& spec, const char* what, const std::vector<std::int64_t>& values, Pair missing,
             std::int64_t lowest) {
  if (values.empty()) return missing;
  if (values.size() > 2) {
    throw ShapeError(layer, fmt::format("{}: {} takes one or two numbers, not {}", spec.type, what, values.size()));
  }
  for (const std::int64_t value : values) {
    if (value < lowest)
      throw ShapeError(layer, fmt::format("{}: {} must be at least {}, not {}", spec.type, what, lowest, value));
    if (value > largest) throw ShapeError(layer, fmt::format("{}: {} of {} is too large", spec.type, what, value));
  }
  return {values.front(), values.back()};
}

struct Axis {
  std::int64_t before, after, output;
};

/// TensorFlow's rule: ceil(size / stride) outputs, an odd padding has its larger half behind.
Axis same_axis(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t output = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((output - 1) * stride + kernel - size, 0);
  return {total / 2, total - total / 2, output};
}

Axis padded_axis(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return {padding, padding, (size + 2 * padding - kernel) / stride + 1};
}

void check_fit(std::size_t layer, const LayerSpec& spec, const Window& window, Pair padding) {
  if (window.kernel_height <= window.height + 2 * padding.vertical &&
      window.kernel_width <= window.width + 2 * padding.horizontal)
    return;
  const bool padded = padding.vertical > 0 || padding.horizontal > 0;
  throw ShapeError(layer, fmt::format("{}: {}x{} kernel on a {}x{} input{}", spec.type, window.kernel_height, window.kernel_width,
                                      window.height, window.width,
                                      padded ? fmt::format(" with padding {}x{}", padding.vertical, padding.horizontal) : ""));
}

}  // namespace

Window window_of(std::size_t layer, const LayerSpec& spec, const Shape& input) {
  if (input.size() != 3) {
    throw ShapeError(layer, fmt::format("{}: expects channels x height x width, the input is {}", spec.type, to_text(input)));
  }
  const bool pool = spec.type != "conv2d";
  if (spec.kernel.empty()) throw ShapeError(layer, fmt::format("{}: kernel is missing", spec.type));
  const Pair kernel = pair_of(layer, spec, "kernel", spec.kernel, {1, 1}, 1);
  const Pair stride = pair_of(layer, spec, "stride", spec.stride, pool ? kernel : Pair{1, 1}, 1);
  const Pair padding = pair_of(layer, spec, "padding", spec.padding, {0, 0}, 0);
  if (spec.same_padding && (padding.vertical > 0 || padding.horizontal > 0)) {
    throw ShapeError(layer, fmt::format("{}: padding and same_padding exclude each other", spec.type));
  }
  // A pool's window that lies in the padding alone would have no maximum and no mean.
  if (pool && (padding.vertical >= kernel.vertical || padding.horizontal >= kernel.horizontal)) {
    throw ShapeError(layer, fmt::format("{}: padding {}x{} must be smaller than the {}x{} kernel", spec.type, padding.vertical,
                                        padding.horizontal, kernel.vertical, kernel.horizontal));
  }
  Window window{input[0], input[1], input[2], kernel.vertical, kernel.horizontal, stride.vertical, stride.horizontal, 0, 0, 0,
                0,        0,        0};
  if (!spec.same_padding) check_fit(layer, spec, window, padding);
  const Axis vertical = spec.same_padding ? same_axis(input[1], kernel.vertical, stride.vertical)
                                          : padded_axis(input[1], kernel.vertical, stride.vertical, padding.vertical);
  const Axis horizontal = spec.same_padding ? same_axis(input[2], kernel.horizontal, stride.horizontal)
                                            : padded_axis(input[2], kernel.horizontal, stride.horizontal, padding.horizontal);
  window.top = vertical.before, window.bottom = vertical.after, window.output_height = vertical.output;
  window.left = horizontal.before, window.right = horizontal.after, window.output_width = horizontal.output;
  return window;
}

}  // namespace treino::nn
