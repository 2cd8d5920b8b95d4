// The five loops of Winograd's algorithm in every table of kernels that this processor can run. The references are the
// convolution's own sums in double, which know nothing of the algorithm: transforms alone have no meaning, so that what is
// compared is what a chain of them gives.
#include <algorithm>
#include <cmath>

#include "nn/kernels/kernels.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

constexpr float untouched = 77;

/// A tile of an input of height x width places with `padding` around it, whose output is convolved by 3x3 weights.
struct Case {
  std::int64_t block, height, width, padding, row, column;  // row, column: of the tile's first output
  std::int64_t output_height() const { return height + 2 * padding - 2; }
  std::int64_t output_width() const { return width + 2 * padding - 2; }
  WinogradTile input() const { return {block, height, width, row - padding, column - padding}; }
  WinogradTile output() const { return {block, output_height(), output_width(), row, column}; }
};

/// Zero outside the image.
double at(const std::vector<float>& image, const WinogradTile& tile, std::int64_t row, std::int64_t column,
          std::int64_t channel) {
  row += tile.row;
  column += tile.column;
  if (row < 0 || column < 0 || row >= tile.height || column >= tile.width) return 0;
  return static_cast<double>(image[static_cast<std::size_t>((row * tile.width + column) * tile.block + channel)]);
}

/// 36 numbers for each channel, `gap` apart from those of the next place.
struct Transformed {
  explicit Transformed(std::int64_t count, std::int64_t gap = 3)
      : size(count), step(count + gap), values(static_cast<std::size_t>(36 * step), untouched) {}
  std::int64_t size, step;
  std::vector<float> values;

  bool gaps_are_untouched() const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (static_cast<std::int64_t>(i) % step >= size && values[i] != untouched) return false;
    }
    return true;
  }
};

Transformed product_of(const Transformed& a, const Transformed& b) {
  Transformed all(a.size);
  for (std::int64_t k = 0; k < 36; ++k) {
    for (std::int64_t c = 0; c < a.size; ++c) {
      const float left = a.values[static_cast<std::size_t>(k * a.step + c)],
                  right = b.values[static_cast<std::size_t>(k * b.step + c)];
      all.values[static_cast<std::size_t>(k * all.step + c)] = left * right;
    }
  }
  return all;
}

/// Every channel has 3x3 weights of its own here: the sum over channels is a matrix product's work.
void check_outputs(const Kernels& table, const Case& one, bool turned, bool with_bias) {
  const std::vector<float> x = normal_numbers(one.height * one.width * one.block, 1), weight = normal_numbers(9 * one.block, 2);
  const std::vector<float> bias = normal_numbers(one.block, 3);
  const std::int64_t places = one.output_height() * one.output_width();
  std::vector<float> y(static_cast<std::size_t>(places * one.block), untouched);
  Transformed input(one.block), weights(one.block, 5);
  table.winograd_input(x.data(), one.input(), input.values.data(), input.step);
  table.winograd_weights(weight.data(), one.block, turned, weights.values.data(), weights.step);
  const Transformed products = product_of(input, weights);
  table.winograd_output(products.values.data(), products.step, with_bias ? bias.data() : nullptr, one.output(), y.data());
  CHECK(input.gaps_are_untouched());
  CHECK(weights.gaps_are_untouched());
  double worst = 0;
  bool rest_is_untouched = true;
  for (std::int64_t row = 0; row < one.output_height(); ++row) {
    for (std::int64_t column = 0; column < one.output_width(); ++column) {
      const std::int64_t i = row - one.row, j = column - one.column;
      for (std::int64_t c = 0; c < one.block; ++c) {
        const float actual = y[static_cast<std::size_t>((row * one.output_width() + column) * one.block + c)];
        if (i < 0 || i >= 4 || j < 0 || j >= 4) {
          rest_is_untouched = rest_is_untouched && actual == untouched;
          continue;
        }
        double sum = with_bias ? static_cast<double>(bias[static_cast<std::size_t>(c)]) : 0;
        for (std::int64_t k = 0; k < 9; ++k) {
          const float factor = weight[static_cast<std::size_t>((turned ? 8 - k : k) * one.block + c)];
          sum += at(x, one.input(), i + k / 3, j + k % 3, c) * static_cast<double>(factor);
        }
        worst = std::max(worst, std::abs(sum - static_cast<double>(actual)));
      }
    }
  }
  CHECK(worst < 2e-4);
  CHECK(rest_is_untouched);
}

void check_weight_gradient(const Kernels& table, const Case& one) {
  const std::vector<float> x = normal_numbers(one.height * one.width * one.block, 1);
  const std::vector<float> y_gradient = normal_numbers(one.output_height() * one.output_width() * one.block, 2);
  std::vector<float> weight_gradient(static_cast<std::size_t>(9 * one.block + 1), untouched);
  Transformed input(one.block), gradient(one.block, 5);
  table.winograd_input(x.data(), one.input(), input.values.data(), input.step);
  table.winograd_gradient(y_gradient.data(), one.output(), gradient.values.data(), gradient.step);
  const Transformed products = product_of(input, gradient);
  table.winograd_weight_gradient(products.values.data(), products.step, one.block, weight_gradient.data());
  CHECK(gradient.gaps_are_untouched());
  double worst = 0;
  for (std::int64_t k = 0; k < 9; ++k) {
    for (std::int64_t c = 0; c < one.block; ++c) {
      double sum = 0;
      for (std::int64_t i = 0; i < 4; ++i) {
        for (std::int64_t j = 0; j < 4; ++j) {
          sum += at(x, one.input(), i + k / 3, j + k % 3, c) * at(y_gradient, one.output(), i, j, c);
        }
      }
      worst = std::max(worst, std::abs(sum - static_cast<double>(weight_gradient[static_cast<std::size_t>(k * one.block + c)])));
    }
  }
  CHECK(worst < 5e-4);
  CHECK(weight_gradient.back() == untouched);
}

/// Whole tiles, tiles that images of odd sizes cut off below and at the right, images smaller than a tile, and padding up to more
/// than a tile; blocks of one register and of several.
std::vector<Case> cases(std::int64_t lanes) {
  std::vector<Case> all;
  for (const std::int64_t block : {4, 8, 16, 24, 32}) {
    if (block % lanes != 0) continue;
    for (const Case& one : std::vector<Case>{{block, 10, 10, 0, 4, 4},
                                             {block, 9, 7, 1, 4, 4},
                                             {block, 9, 7, 1, 8, 4},
                                             {block, 5, 13, 2, 0, 12},
                                             {block, 1, 1, 1, 0, 0},
                                             {block, 3, 3, 0, 0, 0},
                                             {block, 2, 30, 3, 4, 0},
                                             {block, 4, 4, 7, 0, 0},
                                             {block, 1, 5, 6, 8, 12}}) {
      all.push_back(one);
    }
  }
  return all;
}

template <class Check>
void for_each_case(Check check) {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const Case& one : cases((*table)->lanes)) {
      CAPTURE((*table)->name, one.block, one.height, one.width, one.padding, one.row, one.column);
      check(**table, one);
    }
  }
}

}  // namespace

TEST_CASE("Winograd's loops of all tables give a tile's convolution, with a bias and without, by weights turned or not") {
  for_each_case([](const Kernels& table, const Case& one) {
    for (const bool turned : {false, true}) {
      for (const bool with_bias : {false, true}) check_outputs(table, one, turned, with_bias);
    }
  });
}

TEST_CASE("Winograd's loops of all tables give the gradient of the weights that a tile's outputs were convolved by") {
  for_each_case(check_weight_gradient);
}

TEST_CASE("a NaN in an image or a gradient reaches every result that it takes part in") {
  const float nothing = std::nanf("");
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    const Case one{(*table)->lanes, 6, 6, 0, 0, 0};
    std::vector<float> x = normal_numbers(36 * one.block, 1), y(static_cast<std::size_t>(16 * one.block));
    const std::vector<float> weight = normal_numbers(9 * one.block, 2);
    x[static_cast<std::size_t>((2 * 6 + 2) * one.block)] = nothing;  // the place that all 4x4 outputs nearest to it look at
    Transformed input(one.block), weights(one.block);
    (*table)->winograd_input(x.data(), one.input(), input.values.data(), input.step);
    (*table)->winograd_weights(weight.data(), one.block, false, weights.values.data(), weights.step);
    const Transformed products = product_of(input, weights);
    (*table)->winograd_output(products.values.data(), products.step, nullptr, one.output(), y.data());
    CAPTURE((*table)->name);
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 3; ++j) CHECK(std::isnan(y[static_cast<std::size_t>((i * 4 + j) * one.block)]));
    }
    for (std::int64_t c = 1; c < one.block; ++c) CHECK_FALSE(std::isnan(y[static_cast<std::size_t>(c)]));  // other channels
  }
}
