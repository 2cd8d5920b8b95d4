// The source of every kernel table; kernels_<set>.cpp include it with TREINO_LANES floats in a register, TREINO_TILE_ROWS rows of
// registers in a product's tile and the table's name. No standard header and nothing inline with a name visible elsewhere: see
// kernel_table.hpp.
#include "nn/kernels/kernel_table.hpp"

namespace treino::nn {
namespace {

constexpr int64_t lanes = TREINO_LANES;
constexpr int64_t tile_rows = TREINO_TILE_ROWS;
constexpr int64_t panel_width = 2 * lanes;
static_assert(row_block % tile_rows == 0 && column_block % panel_width == 0, "blocks are whole tiles");

typedef float Vector __attribute__((vector_size(TREINO_LANES * 4)));
typedef float LooseVector __attribute__((vector_size(TREINO_LANES * 4), aligned(4), may_alias));

Vector load(const float* from) { return *reinterpret_cast<const LooseVector*>(from); }
void store(float* to, Vector value) { *reinterpret_cast<LooseVector*>(to) = value; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// The first `count` of a register's numbers, at most all of them; of those behind, none is touched.
#if defined(__AVX512F__)
Vector load_part(const float* from, int64_t count) {
  return __builtin_ia32_loadups512_mask(from, Vector{}, static_cast<unsigned short>((1u << count) - 1));
}
void store_part(float* to, Vector value, int64_t count) {
  __builtin_ia32_storeups512_mask(to, value, static_cast<unsigned short>((1u << count) - 1));
}
#else
Vector load_part(const float* from, int64_t count) {
  float all[lanes] = {};
  for (int64_t i = 0; i < count; ++i) all[i] = from[i];
  return load(all);
}
void store_part(float* to, Vector value, int64_t count) {
  float all[lanes];
  store(all, value);
  for (int64_t i = 0; i < count; ++i) to[i] = all[i];
}
#endif

// A comparison with NaN is false, so it is the branch taken then that keeps the NaN.
inline float positive(float x) { return x < 0 ? 0 : x; }
inline float masked(float gradient, float y) { return y <= 0 ? 0 : gradient; }
Vector positive(Vector x) { return x < 0 ? Vector{} : x; }
Vector masked(Vector gradient, Vector y) { return y <= 0 ? Vector{} : gradient; }

#include "nn/kernels/kernel_transpose.inc"

// What becomes of a tile's sums.
struct Finish {
  bool add;           // to what is there
  const float* bias;  // of the tile's first column; may be null
  bool relu;
};

// Sums of a tile stay in registers over the whole of `inner`; what a panel holds beyond C's edge is anything, and goes nowhere.
template <int rows, int vectors>
void tile(int64_t inner, const float* a, int64_t a_row, int64_t a_inner, const float* panel, int64_t panel_step, float* c,
          int64_t c_row, int64_t columns, const Finish& finish) {
  Vector sums[rows][vectors] = {};
  for (int64_t i = 0; i < inner; ++i) {
    Vector b[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) b[v] = load(panel + i * panel_step + v * lanes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const float factor = a[r * a_row + i * a_inner];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[r][v] += factor * b[v];
    }
  }
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    const int64_t count = smaller(lanes, columns - v * lanes);
    float* to = c + v * lanes;
    if (finish.add) {
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) sums[r][v] += load_part(to + r * c_row, count);
    }
    if (finish.bias != nullptr) {
      const Vector bias = load_part(finish.bias + v * lanes, count);
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) sums[r][v] += bias;
    }
    if (finish.relu) {
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) sums[r][v] = positive(sums[r][v]);
    }
    if (count == lanes) {
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) store(to + r * c_row, sums[r][v]);
    } else {
#pragma GCC unroll 16
      for (int r = 0; r < rows; ++r) store_part(to + r * c_row, sums[r][v], count);
    }
  }
}

using Tile = void (*)(int64_t, const float*, int64_t, int64_t, const float*, int64_t, float*, int64_t, int64_t, const Finish&);
template <int vectors>
constexpr Tile tiles[] = {nullptr,          tile<1, vectors>, tile<2, vectors>, tile<3, vectors>, tile<4, vectors>,
                          tile<5, vectors>, tile<6, vectors>, tile<7, vectors>, tile<8, vectors>};

// One block of a product.
struct Block {
  int64_t row, rows, column, columns, first, inner;
};

// How wide the panel is whose first column is `column`: the last one of a product may need half the registers only.
int64_t width_at(const Block& block, int64_t column) {
  return block.column + block.columns - column <= lanes ? lanes : panel_width;
}

// `columns` columns of B, side by side for each step of `inner`, in a panel of `width`.
void pack_panel(const Product& p, const Block& block, int64_t column, int64_t columns, int64_t width, float* panel) {
  const float* b = p.b + block.first * p.b_inner + column * p.b_column;
  if (p.b_column == 1) {
    // Whole registers, though they reach into the next row: up to the rows where that would be behind the end of B.
    const int64_t whole = columns == width ? block.inner : block.inner - 1 - (width - columns) / p.b_inner;
    int64_t i = 0;
    for (; i < whole; ++i) {
      for (int64_t j = 0; j < width; j += lanes) store(panel + i * width + j, load(b + i * p.b_inner + j));
    }
    for (; i < block.inner; ++i) {
      for (int64_t j = 0; j < columns; ++j) panel[i * width + j] = b[i * p.b_inner + j];
    }
    return;
  }
  int64_t done = 0;
  for (; done + lanes <= columns; done += lanes) {
    turn(b + done * p.b_column, p.b_column, panel + done, width, lanes, block.inner);
  }
  for (int64_t j = done; j < columns; ++j) {
    for (int64_t i = 0; i < block.inner; ++i) panel[i * width + j] = b[i * p.b_inner + j * p.b_column];
  }
}

void pack_b(const Product& p, const Block& block, float* packed) {
  for (int64_t column = block.column; column < block.column + block.columns; column += panel_width) {
    const int64_t columns = smaller(panel_width, block.column + block.columns - column);
    pack_panel(p, block, column, columns, width_at(block, column), packed + (column - block.column) * block.inner);
  }
}

// Tiles of A, each with the rows of one step of `inner` side by side. Rows beyond the last are left as they are: no tile reads
// them.
void pack_a(const Product& p, const Block& block, float* packed) {
  for (int64_t row = 0; row < block.rows; row += tile_rows) {
    const int64_t rows = smaller(tile_rows, block.rows - row);
    const float* a = p.a + (block.row + row) * p.a_row + block.first * p.a_inner;
    for (int64_t i = 0; i < block.inner; ++i) {
      for (int64_t r = 0; r < rows; ++r) packed[(row * block.inner) + i * tile_rows + r] = a[r * p.a_row + i * p.a_inner];
    }
  }
}

// packed_b: null where the rows of B are used as they are.
void multiply_block(const Product& p, const Block& block, const float* packed_a, const float* packed_b) {
  for (int64_t column = block.column; column < block.column + block.columns; column += panel_width) {
    const int64_t columns = smaller(panel_width, block.column + block.columns - column), width = width_at(block, column);
    const float* panel =
        packed_b != nullptr ? packed_b + (column - block.column) * block.inner : p.b + block.first * p.b_inner + column;
    const int64_t panel_step = packed_b != nullptr ? width : p.b_inner;
    const bool last = block.first + block.inner == p.inner;
    const Finish finish = {p.add || block.first > 0, last && p.bias != nullptr ? p.bias + column : nullptr, last && p.relu};
    for (int64_t row = 0; row < block.rows; row += tile_rows) {
      const int64_t rows = smaller(tile_rows, block.rows - row);
      const Tile run = width == lanes ? tiles<1>[rows] : tiles<2>[rows];
      float* c = p.c + (block.row + row) * p.columns + column;
      const float* a =
          packed_a != nullptr ? packed_a + row * block.inner : p.a + (block.row + row) * p.a_row + block.first * p.a_inner;
      run(block.inner, a, packed_a != nullptr ? 1 : p.a_row, packed_a != nullptr ? tile_rows : p.a_inner, panel, panel_step, c,
          p.columns, columns, finish);
    }
  }
}

void product(const Product& p, float* scratch) {
  // Few rows make little use of a packed B; more of them can do without it where its rows lie close to each other.
  const bool close = p.rows <= 2 * tile_rows || (p.rows <= row_block && p.b_inner <= 4 * panel_width);
  const bool plain_b = p.b_column == 1 && p.columns % lanes == 0 && close;
  float* packed_b = plain_b ? nullptr : scratch + row_block * inner_block;
  // Steps through a transposed A jump from line to line: worth a copy as soon as they are taken more than twice.
  float* packed_a = p.a_inner != 1 && p.columns > 2 * panel_width ? scratch : nullptr;
  for (int64_t column = 0; column < p.columns; column += column_block) {
    for (int64_t first = 0; first < p.inner; first += inner_block) {
      Block block = {0, 0, column, smaller(column_block, p.columns - column), first, smaller(inner_block, p.inner - first)};
      if (packed_b != nullptr) pack_b(p, block, packed_b);
      for (block.row = 0; block.row < p.rows; block.row += row_block) {
        block.rows = smaller(row_block, p.rows - block.row);
        if (packed_a != nullptr) pack_a(p, block, packed_a);
        multiply_block(p, block, packed_a, packed_b);
      }
    }
  }
}

void add_bias(float* y, const float* bias, int64_t rows, int64_t columns, bool use_relu) {
  if (bias == nullptr && !use_relu) return;
  for (int64_t r = 0; r < rows; ++r) {
    float* __restrict row = y + r * columns;
    if (bias == nullptr) {
      for (int64_t j = 0; j < columns; ++j) row[j] = positive(row[j]);
    } else if (use_relu) {
      for (int64_t j = 0; j < columns; ++j) row[j] = positive(row[j] + bias[j]);
    } else {
      for (int64_t j = 0; j < columns; ++j) row[j] += bias[j];
    }
  }
}

void relu(const float* __restrict x, float* __restrict y, int64_t size) {
  for (int64_t i = 0; i < size; ++i) y[i] = positive(x[i]);
}

void relu_gradient(float* __restrict gradient, const float* __restrict y, int64_t size) {
  for (int64_t i = 0; i < size; ++i) gradient[i] = masked(gradient[i], y[i]);
}

void add(float* __restrict sum, const float* __restrict summand, int64_t size) {
  for (int64_t i = 0; i < size; ++i) sum[i] += summand[i];
}

// `vectors` registers of columns, or the first `count` columns of a single one; the sums stay in registers.
template <int vectors>
void mask_and_sum(float* gradient, const float* y, float* bias_sum, int64_t rows, int64_t row_step, bool add_to, int64_t count) {
  Vector sums[vectors] = {};
  if (bias_sum != nullptr && add_to) {
    for (int v = 0; v < vectors; ++v) sums[v] = load_part(bias_sum + v * lanes, count);
  }
  for (int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      const int64_t at = r * row_step + v * lanes;
      Vector next = load_part(gradient + at, count);
      if (y != nullptr) {
        next = masked(next, load_part(y + at, count));
        store_part(gradient + at, next, count);
      }
      sums[v] += next;
    }
  }
  if (bias_sum == nullptr) return;
  for (int v = 0; v < vectors; ++v) store_part(bias_sum + v * lanes, sums[v], count);
}

void bias_gradient(float* gradient, const float* y, float* bias_sum, int64_t rows, int64_t columns, int64_t row_step,
                   bool add_to) {
  if (y == nullptr && bias_sum == nullptr) return;
  constexpr int64_t wide = 8 * lanes;
  for (int64_t j = 0; j < columns;) {
    float* const sums = bias_sum == nullptr ? nullptr : bias_sum + j;
    const float* const values = y == nullptr ? nullptr : y + j;
    if (columns - j >= wide) {
      mask_and_sum<8>(gradient + j, values, sums, rows, row_step, add_to, lanes);
      j += wide;
    } else {
      const int64_t count = smaller(lanes, columns - j);
      mask_and_sum<1>(gradient + j, values, sums, rows, row_step, add_to, count);
      j += count;
    }
  }
}

#include "nn/kernels/kernel_curves.inc"
#include "nn/kernels/kernel_images.inc"
#include "nn/kernels/kernel_norms.inc"
#include "nn/kernels/kernel_updates.inc"
#include "nn/kernels/kernel_winograd.hpp"

}  // namespace

extern const Kernels TREINO_TABLE;
const Kernels TREINO_TABLE = {TREINO_NAME,
                              lanes,
                              product,
                              add_bias,
                              bias_gradient,
                              relu,
                              relu_gradient,
                              {leaky_relu, leaky_relu_gradient},
                              {sigmoid, sigmoid_gradient},
                              {tanh_curve, tanh_gradient},
                              {gelu, gelu_gradient},
                              softmax,
                              add,
                              transpose,
                              max_pool,
                              max_pool_gradient,
                              winograd_input,
                              winograd_gradient,
                              winograd_output,
                              winograd_weights,
                              winograd_weight_gradient,
                              sum_rows,
                              square_rows,
                              normalize_rows,
                              sum_gradient_rows,
                              normalize_gradient_rows,
                              sgd,
                              adam,
                              rmsprop,
                              adagrad};

}  // namespace treino::nn
