// Written for a reader: plain loops, no tricks. Sums are of a type that a user may choose, `total`.
#include "functions.hpp"

#include <stdexcept>

#include "function_tables.hpp"

namespace treino::exporters {

namespace {

const std::vector<Function>& norms_and_activations() {
  static const std::vector<Function> all = {
      {"batch_norm", {}, R"(
/* In place, by the mean and variance measured while training. */
static void batch_norm(float *x, const float *weight, const float *bias, const float *mean, const float *variance, double epsilon,
                       long channels, long area) {
  long c, i;
  for (c = 0; c < channels; ++c, x += area) {
    const float scale = weight[c] * (float)(1 / sqrt(variance[c] + epsilon));
    for (i = 0; i < area; ++i) x[i] = (x[i] - mean[c]) * scale + bias[c];
  }
}
)"},
      {"layer_norm", {}, R"(
/* In place, each row by itself. */
static void layer_norm(float *x, const float *weight, const float *bias, double epsilon, long rows, long size) {
  long row, i;
  for (row = 0; row < rows; ++row, x += size) {
    total mean = 0, variance = 0;
    float scale;
    for (i = 0; i < size; ++i) mean += x[i];
    mean /= (total)size;
    for (i = 0; i < size; ++i) variance += (x[i] - mean) * (x[i] - mean);
    scale = (float)(1 / sqrt(variance / (total)size + epsilon));
    for (i = 0; i < size; ++i) x[i] = (x[i] - (float)mean) * scale * weight[i] + bias[i];
  }
}
)"},
      {"rms_norm", {}, R"(
/* In place, each row by itself. */
static void rms_norm(float *x, const float *weight, double epsilon, long rows, long size) {
  long row, i;
  for (row = 0; row < rows; ++row, x += size) {
    total squares = 0;
    float scale;
    for (i = 0; i < size; ++i) squares += (total)x[i] * x[i];
    scale = (float)(1 / sqrt(squares / (total)size + epsilon));
    for (i = 0; i < size; ++i) x[i] = x[i] * scale * weight[i];
  }
}
)"},
      {"group_norm", {}, R"(
/* In place, each group of channels by itself. */
static void group_norm(float *x, const float *weight, const float *bias, double epsilon, long groups, long channels, long area) {
  const long size = channels * area;
  long group, i;
  for (group = 0; group < groups; ++group, x += size, weight += channels, bias += channels) {
    total mean = 0, variance = 0;
    float scale;
    for (i = 0; i < size; ++i) mean += x[i];
    mean /= (total)size;
    for (i = 0; i < size; ++i) variance += (x[i] - mean) * (x[i] - mean);
    scale = (float)(1 / sqrt(variance / (total)size + epsilon));
    for (i = 0; i < size; ++i) x[i] = (x[i] - (float)mean) * scale * weight[i / area] + bias[i / area];
  }
}
)"},
      {"copy", {}, R"(
static void copy(const float *x, long size, float *y) {
  long i;
  for (i = 0; i < size; ++i) y[i] = x[i];
}
)"},
      {"columns", {}, R"(
static void columns(const float *x, long first, long size, float *y) {
  long i;
  for (i = 0; i < size; ++i) y[i] = x[first + i];
}
)"},
      {"add", {}, R"(
/* In place. */
static void add(float *x, const float *other, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] += other[i];
}
)"},
      {"multiply", {}, R"(
/* In place. */
static void multiply(float *x, const float *other, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] *= other[i];
}
)"},
      {"concat", {}, R"(
/* One of the inputs: rows of `width` values go to the place `offset` of y's rows, which are `step` apart. */
static void concat(const float *x, long rows, long width, long step, long offset, float *y) {
  long row, i;
  for (row = 0; row < rows; ++row)
    for (i = 0; i < width; ++i) y[row * step + offset + i] = x[row * width + i];
}
)"},
      {"permute", {}, R"(
/* sizes: of y; strides: of its axes in x. */
static void permute(const float *x, const long *sizes, const long *strides, long rank, long size, float *y) {
  long i, axis;
  for (i = 0; i < size; ++i) {
    long rest = i, at = 0;
    for (axis = rank - 1; axis >= 0; rest /= sizes[axis--]) at += rest % sizes[axis] * strides[axis];
    y[i] = x[at];
  }
}
)"},
      {"relu", {}, R"(
static void relu(float *x, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = x[i] < 0 ? 0 : x[i];
}
)"},
      {"leaky_relu", {}, R"(
static void leaky_relu(float *x, float slope, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = x[i] < 0 ? slope * x[i] : x[i];
}
)"},
      {"elu", {}, R"(
static void elu(float *x, float alpha, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = x[i] < 0 ? alpha * expm1f(x[i]) : x[i];
}
)"},
      {"sigmoid", {}, R"(
static void sigmoid(float *x, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = 1 / (1 + expf(-x[i]));
}
)"},
      {"hard_sigmoid", {}, R"(
static void hard_sigmoid(float *x, long size) {
  long i;
  for (i = 0; i < size; ++i) {
    const float line = x[i] * (1.0f / 6) + 0.5f;
    x[i] = line < 0 ? 0 : line > 1 ? 1 : line;
  }
}
)"},
      {"softplus", {}, R"(
/* log(1 + exp(beta * x)) / beta, so that nothing overflows. */
static void softplus(float *x, float beta, long size) {
  long i;
  for (i = 0; i < size; ++i) {
    const float scaled = beta * x[i];
    x[i] = ((scaled > 0 ? scaled : 0) + log1pf(expf(-fabsf(scaled)))) / beta;
  }
}
)"},
      {"silu", {}, R"(
static void silu(float *x, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = x[i] / (1 + expf(-x[i]));
}
)"},
      {"hyperbolic_tangent", {}, R"(
static void hyperbolic_tangent(float *x, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = tanhf(x[i]);
}
)"},
      {"gelu", {}, R"(
/* x times the normal distribution function. */
static void gelu(float *x, long size) {
  long i;
  for (i = 0; i < size; ++i) x[i] = 0.5f * x[i] * erfcf(-0.70710678f * x[i]);
}
)"},
      {"softmax", {}, R"(
static void softmax(float *x, long rows, long size) {
  long row, i;
  for (row = 0; row < rows; ++row, x += size) {
    float largest = x[0];
    total sum = 0;
    for (i = 1; i < size; ++i) largest = x[i] > largest ? x[i] : largest;
    for (i = 0; i < size; ++i) {
      x[i] = expf(x[i] - largest);
      sum += x[i];
    }
    for (i = 0; i < size; ++i) x[i] = (float)(x[i] / sum);
  }
}
)"},
  };
  return all;
}

}  // namespace

std::string function_texts(const std::set<std::string>& names) {
  std::vector<Function> functions;
  for (const auto* table : {&products_and_pools(), &norms_and_activations(), &sequence_functions()})
    functions.insert(functions.end(), table->begin(), table->end());
  std::set<std::string> wanted = names;
  for (const Function& function : functions)
    if (names.count(function.name) != 0) wanted.insert(function.needs.begin(), function.needs.end());
  std::string text;
  for (const Function& function : functions)
    if (wanted.erase(function.name) != 0) text += function.text;
  if (!wanted.empty()) throw std::logic_error("there is no C function " + *wanted.begin());
  return text;
}

}  // namespace treino::exporters
