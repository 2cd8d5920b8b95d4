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

/// Throws ShapeError.
Window window_of(const ShapeContext& at, WindowUse use);

}  // namespace treino::nn
