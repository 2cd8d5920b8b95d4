// The signatures of the inner loops. Included by sources compiled for instruction sets that the processor may lack, so nothing
// here may be a function: an inline one could be linked from such a source into the rest of the program.
#pragma once
#include <stdint.h>

namespace treino::nn {

/// C (rows x columns) = or, with `add`, += A (rows x inner) * B (inner x columns). The steps are distances in elements, so that
/// any transposed operand is a pair of steps swapped. C is contiguous and overlaps neither A nor B. Sums run in the order of
/// `inner`. Last, where they are given: C[row][column] += bias[column], and C = max(C, 0), where a NaN stays a NaN.
struct Product {
  int64_t rows, columns, inner;
  const float* a;
  int64_t a_row, a_inner;
  const float* b;
  int64_t b_inner, b_column;
  float* c;
  bool add;
  const float* bias = nullptr;
  bool relu = false;
};

/// Where a pool's windows lie on height x width places with `block` (8 or 16) channels each. No window lies in the padding alone.
struct PoolWindow {
  int64_t block, height, width;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t top, left;  // padding
  int64_t output_height, output_width;
};

/// A tile of an image of height x width places with `block` (a multiple of Kernels::lanes) channels each: 6x6 places of what is
/// convolved, 4x4 of what comes of it. `row` and `column` are those of its first place; outside the image are zeros.
struct WinogradTile {
  int64_t block, height, width, row, column;
};

/// A product works on blocks of this many rows, columns and steps of `inner`: packed A then fits a second-level cache, packed B
/// too, and a panel of B (32 columns) a first-level one.
constexpr int64_t row_block = 120, column_block = 1024, inner_block = 256;
constexpr int64_t product_scratch = (row_block + column_block) * inner_block;

/// What a row is normalized by: its numbers less their mean, times a factor.
struct RowNormal {
  float mean, factor;
};

/// `count` rows of `width` numbers, `step` apart.
struct Rows {
  int64_t count, width, step;
};

/// A function of each element alone: y = f(x), and gradient *= f'(x) in place. `parameter` is the slope of leaky_relu below zero,
/// alpha of elu, and beta of softplus.
struct ActivationFunction {
  void (*value)(const float* x, float* y, int64_t size, float parameter);
  void (*gradient)(float* gradient, const float* x, const float* y, int64_t size, float parameter);
};

struct Kernels {
  const char* name;
  int64_t lanes;  // numbers in a register

  /// scratch: product_scratch floats
  void (*product)(const Product& product, float* scratch);

  /// y[row][column] += bias[column] (where there is a bias), then max(y, 0) on request. A NaN stays a NaN.
  void (*add_bias)(float* y, const float* bias, int64_t rows, int64_t columns, bool relu);
  /// gradient = 0 where y <= 0 (where y is given), in place, and bias_gradient[column] (where it is given) = or += the sums over
  /// the rows, which are `row_step` apart.
  void (*bias_gradient)(float* gradient, const float* y, float* bias_gradient, int64_t rows, int64_t columns, int64_t row_step,
                        bool add);
  void (*relu)(const float* x, float* y, int64_t size);
  /// gradient = 0 where y <= 0, in place.
  void (*relu_gradient)(float* gradient, const float* y, int64_t size);
  ActivationFunction leaky_relu, sigmoid, hard_sigmoid, tanh, gelu, silu, elu, softplus;
  /// Of each row; y is another array than x.
  void (*softmax)(const float* x, float* y, int64_t rows, int64_t columns);
  /// From the gradient of y to that of x, in place: y * (gradient - the mean of the gradient under y), in each row.
  void (*softmax_gradient)(const float* y, float* gradient, int64_t rows, int64_t columns);
  void (*add)(float* sum, const float* summand, int64_t size);
  /// y = a + b, at least 0 with `relu`. y may be a or b.
  void (*sum)(const float* a, const float* b, float* y, int64_t size, bool relu);
  /// y = or, with `add`, += a * b. y may be a or b.
  void (*multiply)(const float* a, const float* b, float* y, int64_t size, bool add);

  /// y (columns x rows) = the transposed x (rows x columns).
  void (*transpose)(const float* x, float* y, int64_t rows, int64_t columns);

  /// One block of channels of one sample: y = the largest of each window (at least 0 with `relu`), winners = its place in the
  /// window, counted row by row: the first of several equal ones. A NaN wins.
  void (*max_pool)(const float* x, float* y, uint8_t* winners, const PoolWindow& window, bool relu);
  /// x_gradient is set. With `relu`, no gradient where y <= 0.
  void (*max_pool_gradient)(const float* y_gradient, const float* y, const uint8_t* winners, float* x_gradient,
                            const PoolWindow& window, bool relu);

  // Winograd's F(4x4, 3x3). Number k of 36 goes to, or comes from, the place k * step further on, where the tile's channels lie
  // side by side; weights are nine rows of `size` (a multiple of `lanes`) numbers, turned by half a turn on request.
  void (*winograd_input)(const float* x, const WinogradTile& tile, float* v, int64_t step);
  void (*winograd_gradient)(const float* y, const WinogradTile& tile, float* w, int64_t step);
  void (*winograd_output)(const float* m, int64_t step, const float* bias, const WinogradTile& tile, float* y);
  void (*winograd_weights)(const float* w, int64_t size, bool turned, float* u, int64_t step);
  void (*winograd_weight_gradient)(const float* u, int64_t step, int64_t size, float* w);

  // For batch_norm; mean, scale and the like have an element a column, as have sums and products, which are added to.
  void (*sum_rows)(const float* x, const Rows& rows, double* sums);
  void (*square_rows)(const float* x, const Rows& rows, const double* mean, double* sums);  // of the distances to the mean
  /// y = (x - mean) * scale + bias, at least 0 with `relu`.
  void (*normalize_rows)(const float* x, const Rows& rows, const float* mean, const float* scale, const float* bias, float* y,
                         bool relu);
  void (*sum_gradient_rows)(const float* gradient, const float* x, const Rows& rows, const float* mean, double* sums,
                            double* products);  // products: of gradient and x - mean
  /// gradient = scale * (gradient - gradient_mean - (x - mean) * slope)
  void (*normalize_gradient_rows)(float* gradient, const float* x, const Rows& rows, const float* mean, const float* scale,
                                  const float* gradient_mean, const float* slope);

  // For rows that are normalized each by itself: n = (x - mean) * factor. Weights and biases have an element for each of the row's,
  // or are one for a channel.
  /// moments = {mean, or 0 where it is not `centered`; mean of the squared distances to that}
  void (*row_moments)(const float* x, int64_t size, bool centered, double* moments);
  /// y = n * weight + bias (where there is one)
  void (*scale_row)(const float* x, int64_t size, RowNormal normal, const float* weight, const float* bias, float* y);
  void (*scale_channel)(const float* x, int64_t size, RowNormal normal, float weight, float bias, float* y);
  /// sums = {of gradient * weight, of gradient * weight * n}; without weights of these without
  void (*row_gradient_sums)(const float* gradient, const float* x, const float* weight, int64_t size, RowNormal normal,
                            double* sums);
  /// gradient = factor * (gradient * weight - offset - n * slope)
  void (*row_gradient)(float* gradient, const float* x, const float* weight, int64_t size, RowNormal normal, float offset,
                       float slope);
  void (*channel_gradient)(float* gradient, const float* x, float weight, int64_t size, RowNormal normal, float offset,
                           float slope);
  /// weight += gradient * n, bias (where there is one) += gradient
  void (*add_weight_gradient)(const float* gradient, const float* x, int64_t size, RowNormal normal, float* weight, float* bias);

  /// y = x rounded to bfloat16, to the nearest and even, where a NaN stays a NaN: as floats, or as the upper halves of these. As a
  /// float it may be x.
  void (*round_to_bf16)(const float* x, float* y, int64_t size);
  void (*convert_to_bf16)(const float* x, uint16_t* y, int64_t size);
};

}  // namespace treino::nn
