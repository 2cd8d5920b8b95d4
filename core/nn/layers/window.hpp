// From the settings of a convolution or pool to where its kernel goes.
#pragma once
#include "nn/kernels/window.hpp"
#include "nn/layers/shape_context.hpp"

namespace treino::nn {

/// A pool takes steps of a whole window where no stride is given, and has no window in the padding alone.
enum class WindowUse { convolution, pool };

struct Pair {
  std::int64_t vertical, horizontal;
};

/// A setting of one number for both or of two; `missing` where the list is empty. Throws ShapeError outside [lowest, 2^31).
Pair pair_of(const ShapeContext& at, const char* what, Pair missing, std::int64_t lowest);

/// Zeros before and after an axis, and how many windows there are along it.
struct Axis {
  std::int64_t before, after, output;
};
/// TensorFlow's rule: ceil(size / stride) outputs, an odd padding has its larger half after the input. `reach`: of the kernel.
Axis same_axis(std::int64_t size, std::int64_t reach, std::int64_t stride);
Axis padded_axis(std::int64_t size, std::int64_t reach, std::int64_t stride, std::int64_t before, std::int64_t after);

/// Sets the window's dilation from the setting of that name. Throws ShapeError.
void set_dilation(const ShapeContext& at, Window& window);

/// From the settings kernel, stride, padding and same_padding, of a convolution dilation too. Throws ShapeError.
Window window_of(const ShapeContext& at, WindowUse use);

}  // namespace treino::nn
