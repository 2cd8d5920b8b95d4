// Sizes of windows from kernel, stride and padding, and what is wrong with those.
#include "nn/layers/window.hpp"

#include <fmt/format.h>

#include <limits>

namespace treino::nn {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

void check_fit(const ShapeContext& at, const Window& window, Pair padding) {
  if (window.reach_height() <= window.height + 2 * padding.vertical &&
      window.reach_width() <= window.width + 2 * padding.horizontal)
    return;
  const bool padded = padding.vertical > 0 || padding.horizontal > 0;
  const bool dilated = window.dilation_height > 1 || window.dilation_width > 1;
  at.fail(fmt::format("{}x{} kernel{} on a {}x{} input{}", window.kernel_height, window.kernel_width,
                      dilated ? fmt::format(" with dilation {}x{}", window.dilation_height, window.dilation_width) : "",
                      window.height, window.width,
                      padded ? fmt::format(" with padding {}x{}", padding.vertical, padding.horizontal) : ""));
}

}  // namespace

Axis same_axis(std::int64_t size, std::int64_t reach, std::int64_t stride) {
  const std::int64_t output = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((output - 1) * stride + reach - size, 0);
  return {total / 2, total - total / 2, output};
}

Axis padded_axis(std::int64_t size, std::int64_t reach, std::int64_t stride, std::int64_t before, std::int64_t after) {
  return {before, after, (size + before + after - reach) / stride + 1};
}

Pair pair_of(const ShapeContext& at, const char* what, Pair missing, std::int64_t lowest) {
  const auto& values = at.spec.settings.at<std::vector<std::int64_t>>(what);
  if (values.empty()) return missing;
  if (values.size() > 2) at.fail(fmt::format("{} takes one or two numbers, not {}", what, values.size()));
  for (const std::int64_t value : values) {
    if (value < lowest) at.fail(fmt::format("{} must be at least {}, not {}", what, lowest, value));
    if (value > largest) at.fail(fmt::format("{} of {} is too large", what, value));
  }
  return {values.front(), values.back()};
}

void set_dilation(const ShapeContext& at, Window& window) {
  const Pair dilation = pair_of(at, "dilation", {1, 1}, 1);
  // Of a single element, there is no next one.
  if (window.kernel_height > 1) window.dilation_height = dilation.vertical;
  if (window.kernel_width > 1) window.dilation_width = dilation.horizontal;
}

Window window_of(const ShapeContext& at, WindowUse use) {
  const bool pool = use == WindowUse::pool, same = at.spec.settings.at<bool>("same_padding");
  // A sequence is an image one row high.
  const bool line = pool && at.input.size() == 2;
  if (pool)
    at.check_places();
  else
    at.check_image();
  if (at.spec.settings.at<std::vector<std::int64_t>>("kernel").empty()) at.fail("kernel is missing");
  const auto sizes = [&](const char* what, Pair missing, std::int64_t lowest) {
    Pair pair = pair_of(at, what, missing, lowest);
    if (!line) return pair;
    if (const auto count = at.spec.settings.at<std::vector<std::int64_t>>(what).size(); count > 1)
      at.fail(fmt::format("{} takes one number where the input is channels x length, not {}", what, count));
    pair.vertical = lowest;
    return pair;
  };
  const Pair kernel = sizes("kernel", {1, 1}, 1);
  const Pair stride = sizes("stride", pool ? kernel : Pair{1, 1}, 1);
  const Pair padding = sizes("padding", {0, 0}, 0);
  if (same && (padding.vertical > 0 || padding.horizontal > 0)) at.fail("padding and same_padding exclude each other");
  // A pool's window that lies in the padding alone would have no maximum and no mean.
  if (pool && (padding.vertical >= kernel.vertical || padding.horizontal >= kernel.horizontal)) {
    at.fail(fmt::format("padding {}x{} must be smaller than the {}x{} kernel", padding.vertical, padding.horizontal,
                        kernel.vertical, kernel.horizontal));
  }
  Window window{.channels = at.input[0],
                .height = line ? 1 : at.input[1],
                .width = at.input.back(),
                .kernel_height = kernel.vertical,
                .kernel_width = kernel.horizontal,
                .stride_height = stride.vertical,
                .stride_width = stride.horizontal};
  if (!pool) set_dilation(at, window);
  if (!same) check_fit(at, window, padding);
  const auto axis = [&](std::int64_t size, std::int64_t reach, std::int64_t step, std::int64_t pad) {
    return same ? same_axis(size, reach, step) : padded_axis(size, reach, step, pad, pad);
  };
  const Axis vertical = axis(window.height, window.reach_height(), stride.vertical, padding.vertical);
  const Axis horizontal = axis(window.width, window.reach_width(), stride.horizontal, padding.horizontal);
  window.top = vertical.before, window.bottom = vertical.after, window.output_height = vertical.output;
  window.left = horizontal.before, window.right = horizontal.after, window.output_width = horizontal.output;
  return window;
}

}  // namespace treino::nn
