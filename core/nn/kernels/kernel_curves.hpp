// Functions of each element alone, and softmax; a part of kernel_loops.hpp. Written without branches, so that the compiler makes
// registers of them. A comparison with NaN is false: each is written so that a NaN comes out.

float bits_to_float(int bits) { return __builtin_bit_cast(float, bits); }
float chosen(bool condition, float yes, float no) { return condition ? yes : no; }

// e^x to 2 units in the last place: 2^n * e^r with |r| <= log(2) / 2, e^r by the polynomial of Cephes's expf (S. Moshier).
inline float exponential(float x) {
  const float limited = chosen(x < -87.3f, -87.3f, chosen(x > 88.7f, 88.7f, x));
  // Adding 1.5 * 2^23 rounds to an integer, which is then found in the lowest bits.
  const float shifted = limited * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (limited - n * 0.693359375f) + n * 2.12194440e-4f;
  float sum = 1.9875691500e-4f;
  sum = sum * r + 1.3981999507e-3f;
  sum = sum * r + 8.3334519073e-3f;
  sum = sum * r + 4.1665795894e-2f;
  sum = sum * r + 1.6666665459e-1f;
  sum = sum * r + 5.0000001201e-1f;
  sum = sum * r * r + r + 1.0f;
  // Two factors: n may be 128, whose power of two is no float.
  const int whole = __builtin_bit_cast(int, shifted) - 0x4b400000, half = whole >> 1;
  const float result = sum * bits_to_float((half + 127) << 23) * bits_to_float((whole - half + 127) << 23);
  return chosen(x < -87.3f, 0.0f, chosen(x > 88.7f, __builtin_inff(), chosen(x != x, x, result)));
}

inline float sigmoid_at(float x) { return 1.0f / (1.0f + exponential(-x)); }

// Near zero, where 1 - e^-2x would lose its digits, Cephes's tanhf: x + x^3 * P(x^2).
inline float tanh_at(float x) {
  const float size = x < 0 ? -x : x, square = x * x;
  const float e = exponential(-2.0f * size);
  const float far = (1.0f - e) / (1.0f + e);
  float sum = -5.70498872745e-3f;
  sum = sum * square + 2.06390887954e-2f;
  sum = sum * square - 5.37397155531e-2f;
  sum = sum * square + 1.33314422036e-1f;
  sum = sum * square - 3.33332819422e-1f;
  const float near = x + x * square * sum;
  return chosen(size < 0.625f, near, chosen(x < 0, -far, far));
}

// The normal distribution's Phi(x) = erfc(-x / sqrt(2)) / 2, erfc to 1.2e-7 of itself by W. J. Cody's idea in the form of
// Numerical Recipes' erfcc (3rd edition, 6.2.2): t e^(-z^2 + P(t)) with t = 2 / (2 + z).
inline float normal_at(float x) {
  const float z = (x < 0 ? -x : x) * 0.70710678f;
  const float t = 2.0f / (2.0f + z);
  float sum = 0.17087277f;
  sum = sum * t - 0.82215223f;
  sum = sum * t + 1.48851587f;
  sum = sum * t - 1.13520398f;
  sum = sum * t + 0.27886807f;
  sum = sum * t - 0.18628806f;
  sum = sum * t + 0.09678418f;
  sum = sum * t + 0.37409196f;
  sum = sum * t + 1.00002368f;
  sum = sum * t - 1.26551223f;
  const float tail = 0.5f * t * exponential(sum - z * z);
  return chosen(x < 0, tail, 1.0f - tail);
}

void leaky_relu(const float* __restrict x, float* __restrict y, int64_t size, float below) {
  for (int64_t i = 0; i < size; ++i) y[i] = x[i] < 0 ? below * x[i] : x[i];
}
void leaky_relu_gradient(float* __restrict gradient, const float* __restrict x, const float*, int64_t size, float below) {
  for (int64_t i = 0; i < size; ++i) gradient[i] *= x[i] <= 0 ? below : 1.0f;
}

void sigmoid(const float* __restrict x, float* __restrict y, int64_t size, float) {
  for (int64_t i = 0; i < size; ++i) y[i] = sigmoid_at(x[i]);
}
void sigmoid_gradient(float* __restrict gradient, const float*, const float* __restrict y, int64_t size, float) {
  for (int64_t i = 0; i < size; ++i) gradient[i] *= y[i] * (1.0f - y[i]);
}

void tanh_curve(const float* __restrict x, float* __restrict y, int64_t size, float) {
  for (int64_t i = 0; i < size; ++i) y[i] = tanh_at(x[i]);
}
void tanh_gradient(float* __restrict gradient, const float*, const float* __restrict y, int64_t size, float) {
  for (int64_t i = 0; i < size; ++i) gradient[i] *= 1.0f - y[i] * y[i];
}

void gelu(const float* __restrict x, float* __restrict y, int64_t size, float) {
  for (int64_t i = 0; i < size; ++i) y[i] = x[i] * normal_at(x[i]);
}
void gelu_gradient(float* __restrict gradient, const float* __restrict x, const float*, int64_t size, float) {
  for (int64_t i = 0; i < size; ++i) gradient[i] *= normal_at(x[i]) + x[i] * 0.39894228f * exponential(-0.5f * x[i] * x[i]);
}

Vector exponential_of(Vector x) {
  float values[lanes];
  store(values, x);
  for (int64_t j = 0; j < lanes; ++j) values[j] = exponential(values[j]);
  return load(values);
}

// The largest, or the sum, of all lanes, in all lanes.
template <int step>
Vector folded(Vector values, bool sum) {
  Vector one = values, other = values;
  exchange<step>(one, other);
  return sum ? one + other : one > other ? one : other;
}
inline Vector folded(Vector values, bool sum) {
#if TREINO_LANES >= 16
  values = folded<8>(values, sum);
#endif
#if TREINO_LANES >= 8
  values = folded<4>(values, sum);
#endif
  return folded<1>(folded<2>(values, sum), sum);
}

// Less the largest element, so that no exponential overflows; one NaN makes the sum, and with it the whole row, NaN. Rows are
// often narrower than a register: what is left of them is computed in a whole one, which may reach into the rows that follow.
void softmax(const float* x, float* y, int64_t rows, int64_t columns) {
  const int64_t whole = columns / lanes * lanes, rest = columns - whole;
  float within[lanes];
  for (int64_t j = 0; j < lanes; ++j) within[j] = j < rest ? 0 : -__builtin_inff();
  for (int64_t row = 0; row < rows; ++row) {
    const float* from = x + row * columns;
    float* to = y + row * columns;
    const bool room = (rows - row) * columns - whole >= lanes;
    float edge[lanes] = {};
    for (int64_t j = 0; !room && j < rest; ++j) edge[j] = from[whole + j];
    // What does not belong to the row becomes minus infinity, which loses against all that does.
    Vector tail = load(room ? from + whole : edge);
    tail = load(within) < 0 ? load(within) : tail;
    Vector largest = tail;
    for (int64_t i = 0; i < whole; i += lanes) largest = load(from + i) > largest ? load(from + i) : largest;
    largest = folded(largest, false);
    Vector sum = tail = exponential_of(tail - largest);
    for (int64_t i = 0; i < whole; i += lanes) {
      const Vector part = exponential_of(load(from + i) - largest);
      store(to + i, part);
      sum += part;
    }
    sum = folded(sum, true);
    for (int64_t i = 0; i < whole; i += lanes) store(to + i, load(to + i) / sum);
    tail /= sum;
    if (room) {
      store(to + whole, tail);
      continue;
    }
    store(edge, tail);
    for (int64_t j = 0; j < rest; ++j) to[whole + j] = edge[j];
  }
}
