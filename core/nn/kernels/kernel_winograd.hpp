// Winograd's transforms F(4x4, 3x3) for `block` channels side by side; a part of kernel_loops.hpp. The matrices are those of
// Lavin & Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016; each function applies one to a line of numbers that
// are a step apart.

// B^T: six numbers of an image.
inline void transform_input(const Vector* d, int step, Vector* to, int to_step) {
  const Vector odd = d[3 * step] - 4.0f * d[step], even = d[4 * step] - 4.0f * d[2 * step];
  const Vector odd2 = 2.0f * (d[3 * step] - d[step]), even2 = d[4 * step] - d[2 * step];
  to[0] = 4.0f * d[0] - 5.0f * d[2 * step] + d[4 * step];
  to[to_step] = even + odd;
  to[2 * to_step] = even - odd;
  to[3 * to_step] = even2 + odd2;
  to[4 * to_step] = even2 - odd2;
  to[5 * to_step] = 4.0f * d[step] - 5.0f * d[3 * step] + d[5 * step];
}

// A^T: six products to four outputs.
inline void transform_output(const Vector* m, int step, Vector* to, int to_step) {
  const Vector sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  const Vector sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
  to[0] = m[0] + sum + sum2;
  to[to_step] = difference + 2.0f * difference2;
  to[2 * to_step] = sum + 4.0f * sum2;
  to[3 * to_step] = difference + 8.0f * difference2 + m[5 * step];
}

// A: the gradients of four outputs.
inline void transform_gradient(const Vector* y, int step, Vector* to, int to_step) {
  const Vector even = y[0] + y[2 * step], odd = y[step] + y[3 * step];
  const Vector even2 = y[0] + 4.0f * y[2 * step], odd2 = 2.0f * y[step] + 8.0f * y[3 * step];
  to[0] = y[0];
  to[to_step] = even + odd;
  to[2 * to_step] = even - odd;
  to[3 * to_step] = even2 + odd2;
  to[4 * to_step] = even2 - odd2;
  to[5 * to_step] = y[3 * step];
}

// G: three weights.
inline void transform_weight(const Vector* w, int step, Vector* to, int to_step) {
  const Vector even = w[0] + w[2 * step], even4 = w[0] + 4.0f * w[2 * step];
  to[0] = 0.25f * w[0];
  to[to_step] = (-1.0f / 6) * (even + w[step]);
  to[2 * to_step] = (-1.0f / 6) * (even - w[step]);
  to[3 * to_step] = (1.0f / 24) * (even4 + 2.0f * w[step]);
  to[4 * to_step] = (1.0f / 24) * (even4 - 2.0f * w[step]);
  to[5 * to_step] = w[2 * step];
}

// G^T: the gradients of three weights.
inline void transform_weight_gradient(const Vector* u, int step, Vector* to, int to_step) {
  const Vector sum = u[step] + u[2 * step], difference = u[2 * step] - u[step];
  const Vector sum2 = u[3 * step] + u[4 * step], difference2 = u[3 * step] - u[4 * step];
  to[0] = 0.25f * u[0] - (1.0f / 6) * sum + (1.0f / 24) * sum2;
  to[to_step] = (1.0f / 6) * difference + (1.0f / 12) * difference2;
  to[2 * to_step] = (1.0f / 6) * (sum2 - sum) + u[5 * step];
}

template <int size>
void load_tile(const float* x, const WinogradTile& tile, int64_t channel, Vector (&to)[size * size]) {
  for (int i = 0; i < size; ++i) {
    const int64_t row = tile.row + i;
    for (int j = 0; j < size; ++j) {
      const int64_t column = tile.column + j;
      const bool inside = row >= 0 && row < tile.height && column >= 0 && column < tile.width;
      to[i * size + j] = inside ? load(x + (row * tile.width + column) * tile.block + channel) : Vector{};
    }
  }
}

void winograd_input(const float* x, const WinogradTile& tile, float* v, int64_t step) {
  for (int64_t channel = 0; channel < tile.block; channel += lanes) {
    Vector d[36], half[36], line[6];
    load_tile<6>(x, tile, channel, d);
    for (int j = 0; j < 6; ++j) transform_input(d + j, 6, half + j, 6);
    for (int i = 0; i < 6; ++i) {
      transform_input(half + i * 6, 1, line, 1);
      for (int j = 0; j < 6; ++j) store(v + (i * 6 + j) * step + channel, line[j]);
    }
  }
}

void winograd_gradient(const float* y, const WinogradTile& tile, float* w, int64_t step) {
  for (int64_t channel = 0; channel < tile.block; channel += lanes) {
    Vector d[16], half[24], line[6];
    load_tile<4>(y, tile, channel, d);
    for (int j = 0; j < 4; ++j) transform_gradient(d + j, 4, half + j, 4);
    for (int i = 0; i < 6; ++i) {
      transform_gradient(half + i * 4, 1, line, 1);
      for (int j = 0; j < 6; ++j) store(w + (i * 6 + j) * step + channel, line[j]);
    }
  }
}

void winograd_output(const float* m, int64_t step, const float* bias, const WinogradTile& tile, float* y) {
  for (int64_t channel = 0; channel < tile.block; channel += lanes) {
    Vector d[36], half[24], line[4];
    for (int k = 0; k < 36; ++k) d[k] = load(m + k * step + channel);
    for (int j = 0; j < 6; ++j) transform_output(d + j, 6, half + j, 6);
    const Vector shift = bias == nullptr ? Vector{} : load(bias + channel);
    for (int i = 0; i < smaller(4, tile.height - tile.row); ++i) {
      transform_output(half + i * 6, 1, line, 1);
      float* to = y + ((tile.row + i) * tile.width + tile.column) * tile.block + channel;
      for (int j = 0; j < smaller(4, tile.width - tile.column); ++j) store(to + j * tile.block, line[j] + shift);
    }
  }
}

void winograd_weights(const float* w, int64_t size, bool turned, float* u, int64_t step) {
  for (int64_t at = 0; at < size; at += lanes) {
    Vector d[9], half[18], line[6];
    for (int k = 0; k < 9; ++k) d[k] = load(w + (turned ? 8 - k : k) * size + at);
    for (int j = 0; j < 3; ++j) transform_weight(d + j, 3, half + j, 3);
    for (int i = 0; i < 6; ++i) {
      transform_weight(half + i * 3, 1, line, 1);
      for (int j = 0; j < 6; ++j) store(u + (i * 6 + j) * step + at, line[j]);
    }
  }
}

void winograd_weight_gradient(const float* u, int64_t step, int64_t size, float* w) {
  for (int64_t at = 0; at < size; at += lanes) {
    Vector d[36], half[18], line[3];
    for (int k = 0; k < 36; ++k) d[k] = load(u + k * step + at);
    for (int j = 0; j < 6; ++j) transform_weight_gradient(d + j, 6, half + j, 6);
    for (int i = 0; i < 3; ++i) {
      transform_weight_gradient(half + i * 6, 1, line, 1);
      for (int j = 0; j < 3; ++j) store(w + (i * 3 + j) * size + at, line[j]);
    }
  }
}
