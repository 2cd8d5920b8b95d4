// The source of every kernel table; kernels_<set>.cpp include it with TREINO_LANES floats in a register, TREINO_TILE_ROWS rows of
// registers in a product's tile and the table's name. No standard header and nothing inline with a name visible elsewhere: see
// kernel_table.hpp.
#include "nn/kernel_table.hpp"

namespace treino::nn {
namespace {

constexpr int64_t lanes = TREINO_LANES;
constexpr int64_t tile_rows = TREINO_TILE_ROWS;
constexpr int64_t panel_width = 2 * lanes;
constexpr int64_t inner_block = 256;    // 256 x 32 floats of B fit a first-level cache
constexpr int64_t column_block = 1024;  // 1 MiB of packed B fits a second-level cache

typedef float Vector __attribute__((vector_size(TREINO_LANES * 4)));
typedef float LooseVector __attribute__((vector_size(TREINO_LANES * 4), aligned(4), may_alias));

Vector load(const float* from) { return *reinterpret_cast<const LooseVector*>(from); }
void store(float* to, Vector value) { *reinterpret_cast<LooseVector*>(to) = value; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Sums of a tile stay in registers over the whole of `inner`; the last columns of a panel beyond C's edge are zeros of the packing.
template <int rows, int vectors>
void tile(int64_t inner, const float* a, int64_t a_row, int64_t a_inner, const float* panel, float* c, int64_t c_row, int64_t columns,
          bool add) {
  Vector sums[rows][vectors] = {};
  for (int64_t i = 0; i < inner; ++i) {
    Vector b[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) b[v] = load(panel + i * vectors * lanes + v * lanes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const float factor = a[r * a_row + i * a_inner];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[r][v] += factor * b[v];
    }
  }
  if (columns == vectors * lanes) {
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        float* to = c + r * c_row + v * lanes;
        store(to, add ? load(to) + sums[r][v] : sums[r][v]);
      }
    }
    return;
  }
  float edge[rows][vectors * lanes];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) store(edge[r] + v * lanes, sums[r][v]);
  }
  for (int r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < columns; ++j) c[r * c_row + j] = add ? c[r * c_row + j] + edge[r][j] : edge[r][j];
  }
}

using Tile = void (*)(int64_t, const float*, int64_t, int64_t, const float*, float*, int64_t, int64_t, bool);
template <int vectors>
constexpr Tile tiles[] = {nullptr,          tile<1, vectors>, tile<2, vectors>, tile<3, vectors>, tile<4, vectors>,
                          tile<5, vectors>, tile<6, vectors>, tile<7, vectors>, tile<8, vectors>};

// `columns` columns of B, side by side for each step of `inner`, filled up with zeros to `width`.
void pack(const Product& p, int64_t first_inner, int64_t inner, int64_t first_column, int64_t columns, int64_t width, float* panel) {
  const float* b = p.b + first_inner * p.b_inner + first_column * p.b_column;
  if (p.b_column == 1 && columns == width) {
    for (int64_t i = 0; i < inner; ++i) {
      for (int64_t j = 0; j < width; j += lanes) store(panel + i * width + j, load(b + i * p.b_inner + j));
    }
    return;
  }
  if (columns < width) {
    for (int64_t i = 0; i < inner * width; ++i) panel[i] = 0;
  }
  if (p.b_column == 1) {
    for (int64_t i = 0; i < inner; ++i) {
      for (int64_t j = 0; j < columns; ++j) panel[i * width + j] = b[i * p.b_inner + j];
    }
    return;
  }
  for (int64_t j = 0; j < columns; ++j) {
    for (int64_t i = 0; i < inner; ++i) panel[i * width + j] = b[i * p.b_inner + j * p.b_column];
  }
}

void multiply_panel(const Product& p, int64_t first_inner, int64_t inner, int64_t first_column, int64_t columns, int64_t width,
                    const float* panel) {
  const bool add = p.add || first_inner > 0;
  for (int64_t row = 0; row < p.rows; row += tile_rows) {
    const int64_t rows = smaller(tile_rows, p.rows - row);
    const Tile run = width == lanes ? tiles<1>[rows] : tiles<2>[rows];
    run(inner, p.a + row * p.a_row + first_inner * p.a_inner, p.a_row, p.a_inner, panel, p.c + row * p.columns + first_column,
        p.columns, columns, add);
  }
}

void product(const Product& p, float* scratch) {
  for (int64_t outer = 0; outer < p.columns; outer += column_block) {
    const int64_t outer_end = smaller(outer + column_block, p.columns);
    for (int64_t first = 0; first < p.inner; first += inner_block) {
      const int64_t inner = smaller(inner_block, p.inner - first);
      for (int64_t column = outer; column < outer_end; column += panel_width) {
        const int64_t columns = smaller(panel_width, outer_end - column);
        const int64_t width = columns <= lanes ? lanes : panel_width;
        pack(p, first, inner, column, columns, width, scratch);
        multiply_panel(p, first, inner, column, columns, width, scratch);
      }
    }
  }
}

// A comparison with NaN is false, so it is the branch taken then that keeps the NaN.
inline float positive(float x) { return x < 0 ? 0 : x; }
inline float masked(float gradient, float y) { return y <= 0 ? 0 : gradient; }

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

void bias_gradient(float* gradient, const float* y, float* bias_sum, int64_t rows, int64_t columns, bool add_to) {
  if (bias_sum != nullptr && !add_to) {
    for (int64_t j = 0; j < columns; ++j) bias_sum[j] = 0;
  }
  for (int64_t r = 0; r < rows; ++r) {
    float* __restrict row = gradient + r * columns;
    if (y != nullptr) relu_gradient(row, y + r * columns, columns);
    if (bias_sum != nullptr) add(bias_sum, row, columns);
  }
}

#include "nn/kernel_updates.hpp"

}  // namespace

extern const Kernels TREINO_TABLE;
const Kernels TREINO_TABLE = {TREINO_NAME, product, add_bias, bias_gradient, relu, relu_gradient, add, sgd, adam, rmsprop, adagrad};

}  // namespace treino::nn
