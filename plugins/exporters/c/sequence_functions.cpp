// Written for a reader, like those of functions.cpp. A step of a sequence is a row of numbers.
#include "function_tables.hpp"

namespace treino::exporters {

const std::vector<Function>& sequence_functions() {
  static const std::vector<Function> all = {
      {"embedding", {}, R"(
/* Of a number that is no index the row is NaN. */
static void embedding(const float *x, const float *weight, long rows, long width, long length, float *y) {
  long t, i;
  for (t = 0; t < length; ++t) {
    const int known = x[t] >= 0 && x[t] < (float)rows;
    const float *row = weight + (known ? (long)x[t] * width : 0);
    for (i = 0; i < width; ++i) *y++ = known ? row[i] : NAN;
  }
}
)"},
      {"positional_embedding", {}, R"(
static void positional_embedding(float *x, const float *weight, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] += weight[i];
}
)"},
      {"is_padding", {}, R"(
/* Whether all values of a step are `value`; without a mask, no step is padding. */
static int is_padding(const float *mask, long width, float value, long step) {
  long i;
  for (i = 0; mask && i < width; ++i)
    if (mask[step * width + i] != value) return 0;
  return mask != NULL;
}
)"},
      {"put_padding", {}, R"(
/* Of all steps, those that are padding put out zeros; the last one alone what was before them. */
static void put_padding(const float *h, long units, long step, float *y) {
  long i;
  for (i = 0; i < units; ++i) y[i] = step ? 0 : h[i];
}
)"},
      {"simple_rnn", {"dense", "is_padding", "put_padding"}, R"(
/* Step s of the way through x goes to y[first + s * step]; after the `size` numbers of y is memory to work in. */
static void simple_rnn(const float *x, const float *weight_ih, const float *weight_hh, const float *bias_ih, const float *bias_hh,
                       long length, long features, long units, int backwards, long first, long step, long size, const float *mask, long mask_width, float mask_value,
                       float *y) {
  float *h = y + size, *a = h + units, *b = a + units;
  long s, i;
  for (i = 0; i < units; ++i) h[i] = 0;
  for (s = 0; s < length; ++s) {
    const long t = backwards ? length - 1 - s : s;
    if (is_padding(mask, mask_width, mask_value, t)) {
      put_padding(h, units, step, y + first + s * step);
      continue;
    }
    dense(x + t * features, weight_ih, bias_ih, features, units, a);
    dense(h, weight_hh, bias_hh, units, units, b);
    for (i = 0; i < units; ++i) y[first + s * step + i] = h[i] = tanhf(a[i] + b[i]);
  }
}
)"},
      {"lstm", {"dense", "is_padding", "put_padding"}, R"(
/* Step s of the way through x goes to y[first + s * step]; after the `size` numbers of y is memory to work in. Gates: input, forget,
   candidate, output. */
static void lstm(const float *x, const float *weight_ih, const float *weight_hh, const float *bias_ih, const float *bias_hh,
                 long length, long features, long units, int backwards, long first, long step, long size, const float *mask, long mask_width, float mask_value,
                 float *y) {
  float *h = y + size, *c = h + units, *a = c + units, *b = a + 4 * units;
  long s, i;
  for (i = 0; i < units; ++i) h[i] = c[i] = 0;
  for (s = 0; s < length; ++s) {
    const long t = backwards ? length - 1 - s : s;
    if (is_padding(mask, mask_width, mask_value, t)) {
      put_padding(h, units, step, y + first + s * step);
      continue;
    }
    dense(x + t * features, weight_ih, bias_ih, features, 4 * units, a);
    dense(h, weight_hh, bias_hh, units, 4 * units, b);
    for (i = 0; i < 4 * units; ++i) a[i] = i / units == 2 ? tanhf(a[i] + b[i]) : 1 / (1 + expf(-(a[i] + b[i])));
    for (i = 0; i < units; ++i) {
      c[i] = a[units + i] * c[i] + a[i] * a[2 * units + i];
      y[first + s * step + i] = h[i] = a[3 * units + i] * tanhf(c[i]);
    }
  }
}
)"},
      {"gru", {"dense", "is_padding", "put_padding"}, R"(
/* Step s of the way through x goes to y[first + s * step]; after the `size` numbers of y is memory to work in. Gates: reset, update,
   candidate. */
static void gru(const float *x, const float *weight_ih, const float *weight_hh, const float *bias_ih, const float *bias_hh,
                long length, long features, long units, int backwards, long first, long step, long size, const float *mask, long mask_width, float mask_value,
                float *y) {
  float *h = y + size, *a = h + units, *b = a + 3 * units;
  long s, i;
  for (i = 0; i < units; ++i) h[i] = 0;
  for (s = 0; s < length; ++s) {
    const long t = backwards ? length - 1 - s : s;
    if (is_padding(mask, mask_width, mask_value, t)) {
      put_padding(h, units, step, y + first + s * step);
      continue;
    }
    dense(x + t * features, weight_ih, bias_ih, features, 3 * units, a);
    dense(h, weight_hh, bias_hh, units, 3 * units, b);
    for (i = 0; i < units; ++i) {
      const float reset = 1 / (1 + expf(-(a[i] + b[i]))), update = 1 / (1 + expf(-(a[units + i] + b[units + i])));
      const float candidate = tanhf(a[2 * units + i] + reset * b[2 * units + i]);
      y[first + s * step + i] = h[i] = (1 - update) * candidate + update * h[i];
    }
  }
}
)"},
      {"attention", {"dense", "is_padding"}, R"(
/* After the length * width numbers of y is memory to work in. */
static void attention(const float *x, const float *in_weight, const float *in_bias, const float *out_weight, const float *out_bias,
                      long length, long width, long heads, int causal, const float *mask, long mask_width, float mask_value, float *y) {
  const long size = width / heads;
  float *const all = y + length * width, *const mixed = all + length * 3 * width, *const weights = mixed + width;
  long t, h, s, i;
  for (t = 0; t < length; ++t) dense(x + t * width, in_weight, in_bias, width, 3 * width, all + t * 3 * width);
  for (t = 0; t < length; ++t) {
    const long seen = causal ? t + 1 : length;
    for (h = 0; h < heads; ++h) {
      const float *query = all + t * 3 * width + h * size;
      float largest = -INFINITY;
      total sum = 0;
      for (s = 0; s < seen; ++s) {
        if (is_padding(mask, mask_width, mask_value, s)) continue;
        const float *key = all + s * 3 * width + width + h * size;
        total score = 0;
        for (i = 0; i < size; ++i) score += (total)query[i] * key[i];
        weights[s] = (float)(score / sqrt((double)size));
        largest = weights[s] > largest ? weights[s] : largest;
      }
      for (s = 0; s < seen; ++s) {
        weights[s] = is_padding(mask, mask_width, mask_value, s) ? 0 : expf(weights[s] - largest);
        sum += weights[s];
      }
      for (i = 0; i < size; ++i) {
        total value = 0;
        for (s = 0; s < seen; ++s) value += (total)weights[s] * all[s * 3 * width + 2 * width + h * size + i];
        mixed[h * size + i] = sum > 0 ? (float)(value / sum) : 0;
      }
    }
    dense(mixed, out_weight, out_bias, width, width, y + t * width);
  }
}
)"},
  };
  return all;
}

}  // namespace treino::exporters
