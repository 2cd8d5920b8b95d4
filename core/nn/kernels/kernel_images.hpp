// Loops over images whose channels lie in blocks, a part of kernel_loops.hpp.

// One place of a block: as many registers as that takes.
template <int block>
struct Place {
  typedef float Values __attribute__((vector_size(block * 4), aligned(4), may_alias));
  typedef int Numbers __attribute__((vector_size(block * 4)));
  typedef uint8_t Bytes __attribute__((vector_size(block), aligned(1), may_alias));
};

// The part of a window that lies on the input, from `row` and `column` of the window on.
struct Patch {
  int64_t row, row_end, column, column_end, top, left;
};

Patch patch_of(const PoolWindow& w, int64_t row, int64_t column) {
  const int64_t top = row * w.stride_height - w.top, left = column * w.stride_width - w.left;
  return {top < 0 ? -top : 0,
          smaller(w.kernel_height, w.height - top),
          left < 0 ? -left : 0,
          smaller(w.kernel_width, w.width - left),
          top,
          left};
}

template <int block>
void max_pool_of(const float* x, float* y, uint8_t* winners, const PoolWindow& w, bool use_relu) {
  using Values = typename Place<block>::Values;
  using Numbers = typename Place<block>::Numbers;
  using Bytes = typename Place<block>::Bytes;
  // Two rows of windows further down: what is read here was written long ago, and lies far away.
  const int64_t ahead = 2 * w.stride_height * w.width * block;
  for (int64_t row = 0; row < w.output_height; ++row) {
    for (int64_t column = 0; column < w.output_width; ++column) {
      const Patch p = patch_of(w, row, column);
      const int first = static_cast<int>(p.row * w.kernel_width + p.column);
      Values best = *reinterpret_cast<const Values*>(x + ((p.top + p.row) * w.width + p.left + p.column) * block);
      Numbers winner = Numbers{} + first;
      for (int64_t i = p.row; i < p.row_end; ++i) {
        const float* line = x + ((p.top + i) * w.width + p.left) * block;
        for (int64_t j = p.column; j < p.column_end; ++j) {
          __builtin_prefetch(line + j * block + ahead);
          const Values value = *reinterpret_cast<const Values*>(line + j * block);
          const Numbers wins = (value > best) | (value != value);
          best = wins ? value : best;
          winner = wins ? Numbers{} + static_cast<int>(i * w.kernel_width + j) : winner;
        }
      }
      const int64_t at = (row * w.output_width + column) * block;
      if (use_relu) best = best < Values{} ? Values{} : best;
      *reinterpret_cast<Values*>(y + at) = best;
      *reinterpret_cast<Bytes*>(winners + at) = __builtin_convertvector(winner, Bytes);
    }
  }
}

template <int block>
void max_pool_gradient_of(const float* y_gradient, const float* y, const uint8_t* winners, float* x_gradient, const PoolWindow& w,
                          bool use_relu) {
  using Values = typename Place<block>::Values;
  using Numbers = typename Place<block>::Numbers;
  using Bytes = typename Place<block>::Bytes;
  // Windows that do not overlap and leave no gap set every place once; all others add to zeros.
  const bool apart = w.stride_height == w.kernel_height && w.stride_width == w.kernel_width &&
                     w.output_height * w.stride_height - w.top >= w.height && w.output_width * w.stride_width - w.left >= w.width;
  // Four rows of windows further down: convolutions write past the cache, so that what is overwritten here lies far away too.
  const int64_t ahead = 4 * w.stride_height * w.width * block;
  if (!apart) {
    for (int64_t i = 0; i < w.height * w.width * block; ++i) x_gradient[i] = 0;
  }
  for (int64_t row = 0; row < w.output_height; ++row) {
    for (int64_t column = 0; column < w.output_width; ++column) {
      const Patch p = patch_of(w, row, column);
      const int64_t at = (row * w.output_width + column) * block;
      Values gradient = *reinterpret_cast<const Values*>(y_gradient + at);
      if (use_relu) gradient = *reinterpret_cast<const Values*>(y + at) <= Values{} ? Values{} : gradient;
      const Numbers winner = __builtin_convertvector(*reinterpret_cast<const Bytes*>(winners + at), Numbers);
      for (int64_t i = p.row; i < p.row_end; ++i) {
        float* line = x_gradient + ((p.top + i) * w.width + p.left) * block;
        for (int64_t j = p.column; j < p.column_end; ++j) {
          __builtin_prefetch(line + j * block + ahead, 1);
          Values* to = reinterpret_cast<Values*>(line + j * block);
          const Values mine = winner == Numbers{} + static_cast<int>(i * w.kernel_width + j) ? gradient : Values{};
          *to = apart ? mine : *to + mine;
        }
      }
    }
  }
}

void max_pool(const float* x, float* y, uint8_t* winners, const PoolWindow& window, bool use_relu) {
  window.block == 16 ? max_pool_of<16>(x, y, winners, window, use_relu) : max_pool_of<8>(x, y, winners, window, use_relu);
}

void max_pool_gradient(const float* y_gradient, const float* y, const uint8_t* winners, float* x_gradient,
                       const PoolWindow& window, bool use_relu) {
  window.block == 16 ? max_pool_gradient_of<16>(y_gradient, y, winners, x_gradient, window, use_relu)
                     : max_pool_gradient_of<8>(y_gradient, y, winners, x_gradient, window, use_relu);
}
