// Products and convolutions of operands rounded to bfloat16, against a rounding worked out with frexp, and sums in double.
#include "nn/precision.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/threads.hpp"
#include "nn/onednn/matmul.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// To eight significant bits, of two equally near numbers to the one whose last bit is 0: what nearbyint does.
double rounded(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = static_cast<float>(rounded(static_cast<double>(value)));
  return values;
}

struct Matrix {
  Matrix(std::size_t row_count, std::size_t column_count, std::span<const float> from = {})
      : rows(row_count), columns(column_count), values(row_count * column_count) {
    std::copy(from.begin(), from.end(), values.begin());
  }
  double& operator()(std::size_t row, std::size_t column) { return values[row * columns + column]; }
  double operator()(std::size_t row, std::size_t column) const { return values[row * columns + column]; }

  std::size_t rows, columns;
  std::vector<double> values;
};

Matrix transposed(const Matrix& matrix) {
  Matrix result(matrix.columns, matrix.rows);
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j) result(j, i) = matrix(i, j);
  return result;
}

/// Of the rounded operands.
Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix result(a.rows, b.columns);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < b.columns; ++j)
      for (std::size_t k = 0; k < a.columns; ++k) result(i, j) += rounded(a(i, k)) * rounded(b(k, j));
  return result;
}

/// Columns [first, first + count), or rows.
Matrix columns_of(const Matrix& matrix, std::size_t first, std::size_t count) {
  Matrix result(matrix.rows, count);
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < count; ++j) result(i, j) = matrix(i, first + j);
  return result;
}
Matrix rows_of(const Matrix& matrix, std::size_t first, std::size_t count) {
  return transposed(columns_of(transposed(matrix), first, count));
}

Matrix column_sums(const Matrix& matrix) {
  Matrix sums(1, matrix.columns);
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j) sums(0, j) += matrix(i, j);
  return sums;
}

void put(Matrix& matrix, std::size_t column, const Matrix& part) {
  for (std::size_t i = 0; i < part.rows; ++i)
    for (std::size_t j = 0; j < part.columns; ++j) matrix(i, column + j) = part(i, j);
}

void add_to_rows(Matrix& matrix, const Matrix& row) {
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j) matrix(i, j) += row(0, j);
}

double largest_difference(std::span<const float> values, const Matrix& expected) {
  REQUIRE(values.size() == expected.values.size());
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(values[i]) - expected.values[i]));
  return worst;
}

Model model_of(const std::vector<LayerSpec>& layers, const Shape& input, std::int64_t batch, Precision precision,
               int threads = 1) {
  return Model(layers, input, batch, 7, threads, InitialValues::drawn, {}, precision);
}

Matrix parameter_of(Model& model, const std::string& name) {
  const Parameter& one = parameter(model, name);
  const std::size_t columns = static_cast<std::size_t>(one.shape.back());
  return {one.value.size() / columns, columns, one.value};
}

std::uint32_t bits_after_rounding(const Kernels& table, std::uint32_t bits) {
  const float before = std::bit_cast<float>(bits);
  float after = 0;
  std::uint16_t half = 0;
  table.round_to_bf16(&before, &after, 1);
  table.convert_to_bf16(&before, &half, 1);
  CHECK(std::bit_cast<std::uint32_t>(after) == std::uint32_t{half} << 16);
  return std::bit_cast<std::uint32_t>(after);
}

}  // namespace

TEST_CASE("numbers are rounded to the nearest bfloat16, ties to even, and a NaN stays one") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    const auto after = [&](std::uint32_t bits) { return bits_after_rounding(**table, bits); };
    INFO((*table)->name);
    CHECK(after(0x3f800000) == 0x3f800000);  // 1
    CHECK(after(0x3f808000) == 0x3f800000);  // half way from 1 to the next: to the even one
    CHECK(after(0x3f808001) == 0x3f810000);
    CHECK(after(0x3f817fff) == 0x3f810000);
    CHECK(after(0x3f818000) == 0x3f820000);  // half way, and the even one is above
    CHECK(after(0xbf818000) == 0xbf820000);
    CHECK(after(0x7f7fffff) == 0x7f800000);  // the largest float is nearer to what is beyond the largest bfloat16
    CHECK(after(0x7f800000) == 0x7f800000);  // infinity
    CHECK(after(0x80000000) == 0x80000000);  // -0
    CHECK(after(0x00018000) == 0x00020000);  // below the normal numbers
    CHECK(after(0x7f800001) == 0x7fc00000);  // a NaN whose payload would be lost
    CHECK(after(0xffffffff) == 0xffff0000);
    for (const std::int64_t size : {1, 7, 8, 33, 1000}) {
      const std::vector<float> x = normal_numbers(size, 3);
      std::vector<float> y = x;
      (*table)->round_to_bf16(y.data(), y.data(), size);
      CHECK(y == rounded(x));
    }
  }
}

namespace {

/// The primitive on operands of one type, in every arrangement; `take` makes these of floats.
template <class Operand, class Take>
void check_matmul(Matmul::Operands type, Take take) {
  constexpr std::int64_t rows = 37, columns = 29, inner = 53;
  for (int variant = 0; variant < 16; ++variant) {
    CAPTURE(variant);
    const bool a_turned = variant & 1, b_turned = variant & 2, adds = variant & 4, has_bias = variant & 8;
    const Matrix a(rows, inner, rounded(normal_numbers(rows * inner, 1))),
        b(inner, columns, rounded(normal_numbers(inner * columns, 2)));
    const std::vector<float> bias = normal_numbers(columns, 4);
    std::vector<float> c = normal_numbers(rows * columns, 3);
    const Product product{rows,
                          columns,
                          inner,
                          nullptr,
                          a_turned ? 1 : inner,
                          a_turned ? rows : 1,
                          nullptr,
                          b_turned ? 1 : columns,
                          b_turned ? inner : 1,
                          c.data(),
                          adds,
                          has_bias ? bias.data() : nullptr};
    Matrix expected = a * b;
    for (std::size_t i = 0; i < c.size(); ++i)
      expected.values[i] += (adds ? static_cast<double>(c[i]) : 0) +
                            (has_bias ? static_cast<double>(bias[i % static_cast<std::size_t>(columns)]) : 0);
    const auto taken = [&](const Matrix& matrix) {
      std::vector<Operand> operand;
      for (const double value : matrix.values) operand.push_back(take(static_cast<float>(value)));
      return operand;
    };
    const std::vector<Operand> own_a = taken(a_turned ? transposed(a) : a), own_b = taken(b_turned ? transposed(b) : b);
    Matmul matmul(product, type);
    CHECK(matmul.is_for(product));
    std::vector<std::byte> scratch(matmul.scratch() + 64);
    const std::size_t past = reinterpret_cast<std::uintptr_t>(scratch.data()) % 64;
    for (int time = 0; time < (adds ? 1 : 2); ++time)
      matmul.run(own_a.data(), own_b.data(), c.data(), product.bias, scratch.data() + (64 - past) % 64);
    CHECK(largest_difference(c, expected) < 2e-5);
  }
}

}  // namespace

TEST_CASE("oneDNN's product is right with transposed operands, a bias and what is there already, with one thread and with two") {
  for (const int threads : {1, 2}) {
    const ThreadScope scope(threads);
    check_matmul<float>(Matmul::Operands::float32, [](float value) { return value; });
  }
}

TEST_CASE("oneDNN's product of bfloat16 is that of the same floats") {
  if (!has_bf16()) {
    WARN("not run: " + processor_text() + " does not multiply bfloat16");
    return;
  }
  for (const int threads : {1, 2}) {
    const ThreadScope scope(threads);
    check_matmul<std::uint16_t>(Matmul::Operands::bf16, [](float value) {
      return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);
    });
  }
}

namespace {

/// The rounded model's passes are, bit for bit, those of a float32 model whose weights, input and output gradient were rounded before.
void check_like_rounded_before(const std::vector<LayerSpec>& layers, const Shape& input, const std::string& bias) {
  constexpr std::int64_t batch = 6;
  Model emulated = model_of(layers, input, batch, Precision::bf16_emulated),
        plain = model_of(layers, input, batch, Precision::float32);
  for (Parameter& one : plain.parameters())
    if (one.shape.size() > 1) set(plain, one.name, rounded(copy_of(one.value)));
  const std::vector<float> x = normal_numbers(batch * size_of(input), 5);
  const std::vector<float> gradient = normal_numbers(batch * size_of(plain.output_shape()), 6);
  for (const bool accumulate : {false, true}) {
    const std::vector<float> rounded_x = rounded(x);
    const std::vector<float> y = copy_of(emulated.forward(x.data(), batch, Mode::train));
    CHECK(y == copy_of(plain.forward(rounded_x.data(), batch, Mode::train)));
    emulated.backward(gradient.data(), accumulate);
    plain.backward(rounded(gradient).data(), accumulate);
    for (const Parameter& one : plain.parameters()) {
      INFO(one.name);
      const auto of_emulated = parameter(emulated, one.name).gradient;
      // The sums of a bias are of the gradient as it is, but in convolutions, where they are a part of the pass over weights.
      if (one.name == bias) continue;
      CHECK(copy_of(one.gradient) == copy_of(of_emulated));
    }
  }
}

}  // namespace

TEST_CASE("dense layers and convolutions take rounded operands, forward and backward") {
  check_like_rounded_before({dense(9)}, {17}, "dense_1/bias");
  check_like_rounded_before({dense(400)}, {900}, "dense_1/bias");  // a large product
  check_like_rounded_before({conv2d(5, 3)}, {2, 9, 9}, "");
  check_like_rounded_before({conv2d(16, {3}, {1}, {}, true)}, {16, 12, 12}, "");  // by Winograd's algorithm
  check_like_rounded_before({conv2d(8, {1}, {2})}, {4, 9, 9}, "");
  check_like_rounded_before({with(conv2d(6, 3), "groups", 3)}, {3, 9, 9}, "");
  check_like_rounded_before({with(with(layer("conv1d"), "filters", 4), "kernel", 3)}, {3, 14}, "");
  check_like_rounded_before({with(windowed("conv2d_transpose", {3}, {2}), "filters", 4)}, {3, 5, 5}, "conv2d_transpose_1/bias");
}

TEST_CASE("input gradients are products of rounded gradients and weights, and biases are not rounded") {
  constexpr std::int64_t batch = 5;
  Model model = model_of({dense(11), dense(4)}, {8}, batch, Precision::bf16_emulated);
  set(model, "dense_1/bias", normal_numbers(11, 9));
  const Matrix x(batch, 8, normal_numbers(batch * 8, 5)), gradient(batch, 4, normal_numbers(batch * 4, 6));
  Matrix hidden = x * parameter_of(model, "dense_1/weight");
  add_to_rows(hidden, parameter_of(model, "dense_1/bias"));
  const std::vector<float> input = normal_numbers(batch * 8, 5), output_gradient = normal_numbers(batch * 4, 6);
  CHECK(largest_difference(model.forward(input.data(), batch, Mode::train), hidden * parameter_of(model, "dense_2/weight")) <
        1e-5);
  model.backward(output_gradient.data());
  const Matrix hidden_gradient = gradient * transposed(parameter_of(model, "dense_2/weight"));
  CHECK(largest_difference(parameter(model, "dense_2/weight").gradient, transposed(hidden) * gradient) < 1e-5);
  CHECK(largest_difference(parameter(model, "dense_1/weight").gradient, transposed(x) * hidden_gradient) < 1e-5);
  CHECK(largest_difference(parameter(model, "dense_1/bias").gradient, column_sums(hidden_gradient)) < 1e-5);
  CHECK(largest_difference(parameter(model, "dense_2/bias").gradient, column_sums(gradient)) < 1e-5);
}

TEST_CASE("a recurrent layer takes rounded inputs, outputs of the step before, and gradients of each step") {
  constexpr std::size_t length = 5, features = 4, units = 6;
  // The gradient of what is added to one sample is that of the recurrent layer's input.
  Model model = model_of({layer("positional_embedding"), with(layer("simple_rnn"), "units", std::int64_t{units})},
                         {length, features}, 1, Precision::bf16_emulated);
  for (const char* bias : {"bias_ih", "bias_hh"}) set(model, std::string("simple_rnn_1/") + bias, normal_numbers(units, 8));
  const auto value = [&](const char* name) { return parameter_of(model, std::string("simple_rnn_1/") + name); };
  const std::vector<float> given = normal_numbers(length * features, 5), output_gradient = normal_numbers(units, 6);
  Matrix x(length, features, given), hidden(length, units), sums_gradient(length, units);
  const Matrix embedded = parameter_of(model, "positional_embedding_1/weight");
  for (std::size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = static_cast<double>(given[i] + static_cast<float>(embedded.values[i]));
  Matrix last(1, units);
  for (std::size_t t = 0; t < length; ++t) {
    Matrix sums = rows_of(x, t, 1) * transposed(value("weight_ih")), from_last = last * transposed(value("weight_hh"));
    for (std::size_t i = 0; i < units; ++i) {
      last(0, i) = std::tanh(sums(0, i) + from_last(0, i) + value("bias_ih")(0, i) + value("bias_hh")(0, i));
      hidden(t, i) = last(0, i);
    }
  }
  CHECK(largest_difference(model.forward(given.data(), 1, Mode::train), last) < 1e-6);
  model.backward(output_gradient.data());
  Matrix hidden_gradient(1, units, output_gradient);
  for (std::size_t t = length; t-- > 0;) {
    for (std::size_t i = 0; i < units; ++i) sums_gradient(t, i) = hidden_gradient(0, i) * (1 - hidden(t, i) * hidden(t, i));
    hidden_gradient = rows_of(sums_gradient, t, 1) * value("weight_hh");
  }
  const auto gradient = [&](const char* name) { return parameter(model, name).gradient; };
  CHECK(largest_difference(gradient("simple_rnn_1/weight_ih"), transposed(sums_gradient) * x) < 1e-5);
  CHECK(largest_difference(gradient("simple_rnn_1/weight_hh"),
                           transposed(rows_of(sums_gradient, 1, length - 1)) * rows_of(hidden, 0, length - 1)) < 1e-5);
  CHECK(largest_difference(gradient("simple_rnn_1/bias_ih"), column_sums(sums_gradient)) < 1e-5);
  CHECK(largest_difference(gradient("positional_embedding_1/weight"), sums_gradient * value("weight_ih")) < 1e-5);
}

TEST_CASE("attention rounds what its projections and its heads multiply") {
  constexpr std::size_t length = 5, width = 6, heads = 2, size = width / heads;
  Model model = model_of({layer("positional_embedding"), with(layer("attention"), "num_heads", std::int64_t{heads})},
                         {length, width}, 1, Precision::bf16_emulated);
  const auto value = [&](const char* name) { return parameter_of(model, std::string("attention_1/") + name); };
  const std::vector<float> given = normal_numbers(length * width, 5), output_gradient = normal_numbers(length * width, 6);
  Matrix x(length, width), mixed(length, width), projected_gradient(length, 3 * width);
  const Matrix embedded = parameter_of(model, "positional_embedding_1/weight"), gradient(length, width, output_gradient);
  for (std::size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = static_cast<double>(given[i] + static_cast<float>(embedded.values[i]));
  const Matrix projected = x * transposed(value("in_proj_weight")), mixed_gradient = gradient * value("out_proj_weight");
  const double scale = 1 / std::sqrt(static_cast<double>(size));
  const auto scaled = [&](Matrix matrix) {
    for (double& each : matrix.values) each *= scale;
    return matrix;
  };
  for (std::size_t h = 0; h < heads; ++h) {
    const Matrix query = columns_of(projected, h * size, size), key = columns_of(projected, width + h * size, size),
                 values = columns_of(projected, 2 * width + h * size, size), own = columns_of(mixed_gradient, h * size, size);
    Matrix weights = scaled(query * transposed(key)), weights_gradient = own * transposed(values);
    for (std::size_t t = 0; t < length; ++t) {
      double sum = 0, mean = 0;
      for (std::size_t s = 0; s < length; ++s) sum += weights(t, s) = std::exp(weights(t, s));
      for (std::size_t s = 0; s < length; ++s) mean += (weights(t, s) /= sum) * weights_gradient(t, s);
      for (std::size_t s = 0; s < length; ++s) weights_gradient(t, s) = weights(t, s) * (weights_gradient(t, s) - mean);
    }
    put(mixed, h * size, weights * values);
    put(projected_gradient, h * size, scaled(weights_gradient * key));
    put(projected_gradient, width + h * size, scaled(transposed(weights_gradient) * query));
    put(projected_gradient, 2 * width + h * size, transposed(weights) * own);
  }
  CHECK(largest_difference(model.forward(given.data(), 1, Mode::train), mixed * transposed(value("out_proj_weight"))) < 1e-6);
  model.backward(output_gradient.data());
  const auto gradient_of = [&](const char* name) { return parameter(model, name).gradient; };
  CHECK(largest_difference(gradient_of("attention_1/out_proj_weight"), transposed(gradient) * mixed) < 1e-5);
  CHECK(largest_difference(gradient_of("attention_1/in_proj_weight"), transposed(projected_gradient) * x) < 1e-5);
  CHECK(largest_difference(gradient_of("attention_1/in_proj_bias"), column_sums(projected_gradient)) < 1e-5);
  CHECK(largest_difference(gradient_of("positional_embedding_1/weight"), projected_gradient * value("in_proj_weight")) < 1e-5);
}

TEST_CASE("rounded products are bit for bit those of one thread on two") {
  const std::vector<LayerSpec> layers{dense(300), layer("relu"), dense(20)};
  Model one = model_of(layers, {500}, 32, Precision::bf16_emulated),
        two = model_of(layers, {500}, 32, Precision::bf16_emulated, 2);
  const std::vector<float> x = normal_numbers(32 * 500, 5);
  CHECK(copy_of(one.forward(x.data(), 32, Mode::infer)) == copy_of(two.forward(x.data(), 32, Mode::infer)));
}

TEST_CASE("a model in bfloat16 computes what its emulation does, up to the order of sums") {
  if (!has_bf16()) {
    WARN("not run: " + processor_text() + " does not multiply bfloat16");
    return;
  }
  constexpr std::int64_t batch = 64;
  const std::vector<LayerSpec> layers{dense(512), layer("tanh"), dense(300)};
  Model real = model_of(layers, {400}, batch, Precision::bf16),
        emulated = model_of(layers, {400}, batch, Precision::bf16_emulated);
  const std::vector<float> x = normal_numbers(batch * 400, 5), gradient = normal_numbers(batch * 300, 6);
  const auto near = [](std::span<const float> a, std::span<const float> b) {
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
      largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    }
    return worst < 2e-3 * largest;  // where a sum's last digit changes how the next operand is rounded
  };
  CHECK(near(real.forward(x.data(), batch, Mode::train), emulated.forward(x.data(), batch, Mode::train)));
  for (const bool accumulate : {false, true}) {
    if (accumulate) real.forward(x.data(), batch, Mode::train), emulated.forward(x.data(), batch, Mode::train);
    real.backward(gradient.data(), accumulate);
    emulated.backward(gradient.data(), accumulate);
    for (std::size_t i = 0; i < real.parameters().size(); ++i)
      CHECK(near(real.parameters()[i].gradient, emulated.parameters()[i].gradient));
  }
}
