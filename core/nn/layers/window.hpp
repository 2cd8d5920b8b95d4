// From the settings of a convolution or pool to where its kernel goes.
#pragma once
#include "nn/kernels/window.hpp"
#include "nn/layers/shape_context.hpp"

namespace treino::nn {

/// A pool takes steps of a whole window where no stride is given, and has no window in the padding alone.
enum class WindowUse { convolution, pool };

/// Throws ShapeError.
Window window_of(const ShapeContext& at, WindowUse use);

}  // namespace treino::nn
