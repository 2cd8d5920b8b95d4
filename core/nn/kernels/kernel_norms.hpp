// Sums over rows and what batch_norm makes of them, column by column; a part of kernel_loops.hpp. Sums in double, row after row.

void sum_rows(const float* x, const Rows& rows, double* __restrict sums) {
  for (int64_t i = 0; i < rows.count; ++i) {
    const float* __restrict row = x + i * rows.step;
    for (int64_t j = 0; j < rows.width; ++j) sums[j] += static_cast<double>(row[j]);
  }
}

void square_rows(const float* x, const Rows& rows, const double* __restrict mean, double* __restrict sums) {
  for (int64_t i = 0; i < rows.count; ++i) {
    const float* __restrict row = x + i * rows.step;
    for (int64_t j = 0; j < rows.width; ++j) {
      const double distance = static_cast<double>(row[j]) - mean[j];
      sums[j] += distance * distance;
    }
  }
}

void normalize_rows(const float* x, const Rows& rows, const float* __restrict mean, const float* __restrict scale,
                    const float* __restrict bias, float* y, bool use_relu) {
  for (int64_t i = 0; i < rows.count; ++i) {
    const float* __restrict from = x + i * rows.step;
    float* __restrict to = y + i * rows.step;
    if (use_relu) {
      for (int64_t j = 0; j < rows.width; ++j) to[j] = positive((from[j] - mean[j]) * scale[j] + bias[j]);
    } else {
      for (int64_t j = 0; j < rows.width; ++j) to[j] = (from[j] - mean[j]) * scale[j] + bias[j];
    }
  }
}

void sum_gradient_rows(const float* gradient, const float* x, const Rows& rows, const float* __restrict mean,
                       double* __restrict sums, double* __restrict products) {
  for (int64_t i = 0; i < rows.count; ++i) {
    const float* __restrict row = gradient + i * rows.step;
    const float* __restrict from = x + i * rows.step;
    for (int64_t j = 0; j < rows.width; ++j) {
      sums[j] += static_cast<double>(row[j]);
      products[j] += static_cast<double>(row[j] * (from[j] - mean[j]));
    }
  }
}

void normalize_gradient_rows(float* gradient, const float* x, const Rows& rows, const float* __restrict mean,
                             const float* __restrict scale, const float* __restrict gradient_mean,
                             const float* __restrict slope) {
  for (int64_t i = 0; i < rows.count; ++i) {
    float* __restrict row = gradient + i * rows.step;
    const float* __restrict from = x + i * rows.step;
    for (int64_t j = 0; j < rows.width; ++j) row[j] = scale[j] * (row[j] - gradient_mean[j] - (from[j] - mean[j]) * slope[j]);
  }
}
