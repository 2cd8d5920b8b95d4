// Penalties and limits of norms; expected values are worked out by hand.
#include "train/regularization.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace treino;

namespace {

/// A weight of two rows and two columns, and its gradient.
struct Weight {
  std::vector<float> value, gradient;
  std::vector<nn::Parameter> parameters;
  Weight(std::vector<float> given, const nn::Regularization& regularization)
      : value(std::move(given)), gradient(value.size(), 1) {
    parameters.push_back({"dense_1/weight", {2, static_cast<std::int64_t>(value.size()) / 2}, value, gradient});
    parameters.back().regularization = regularization;
  }
};

constexpr float infinite = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("the penalty is l1 * sum |w| + l2 * sum w^2, and its gradient is added to the loss's") {
  Weight weight({1, -2, 0, 0.5f}, {.l1 = 0.1, .l2 = 0.25});
  const train::Regularization regularization(weight.parameters);
  CHECK(regularization.has_penalties());
  CHECK(regularization.penalty() == Approx(0.1 * 3.5 + 0.25 * 5.25));
  regularization.add_gradients();
  const std::vector<double> expected = {1 + 0.1 + 0.5, 1 - 0.1 - 1, 1, 1 + 0.1 + 0.25};
  for (std::size_t i = 0; i < 4; ++i) CHECK(weight.gradient[i] == Approx(expected[i]));
}

TEST_CASE("the penalty of a long weight has every element in it") {
  Weight weight(std::vector<float>(2 * 4099, 2), {.l1 = 1, .l2 = 1});
  CHECK(train::Regularization(weight.parameters).penalty() == 6.0 * 2 * 4099);
}

TEST_CASE("frozen weights count for nothing and stay as they are") {
  Weight weight({3, 4, 0, 0}, {.l1 = 1, .l2 = 1, .max_norm = 1});
  weight.parameters.front().trainable = false;
  const train::Regularization regularization(weight.parameters);
  CHECK(regularization.penalty() == 0);
  regularization.add_gradients();
  regularization.limit_norms();
  CHECK(weight.gradient == std::vector<float>(4, 1));
  CHECK(weight.value == std::vector<float>{3, 4, 0, 0});
}

TEST_CASE("norms of rows or columns above the limit are scaled down to it") {
  Weight rows({3, 4, 0.3f, 0.4f}, {.max_norm = 1});
  train::Regularization(rows.parameters).limit_norms();
  CHECK_FALSE(train::Regularization(rows.parameters).has_penalties());
  CHECK(rows.value == std::vector<float>{3 * 0.2f, 4 * 0.2f, 0.3f, 0.4f});
  Weight columns({3, 0.3f, 4, 0.4f}, {.max_norm = 1, .units_are_rows = false});
  train::Regularization(columns.parameters).limit_norms();
  CHECK(columns.value == std::vector<float>{3 * 0.2f, 0.3f, 4 * 0.2f, 0.4f});
}

TEST_CASE("columns are limited wherever they lie among many") {
  std::vector<float> value(2 * 131);
  for (std::size_t i = 0; i < 131; ++i)
    value[i] = 3.0f * static_cast<float>(i % 2), value[131 + i] = 4.0f * static_cast<float>(i % 2);
  Weight columns(value, {.max_norm = 2.5, .units_are_rows = false});
  train::Regularization(columns.parameters).limit_norms();
  for (std::size_t i = 0; i < 131; ++i) {
    CHECK(columns.value[i] == (i % 2 == 0 ? 0.0f : 1.5f));
    CHECK(columns.value[131 + i] == (i % 2 == 0 ? 0.0f : 2.0f));
  }
}

TEST_CASE("what is NaN or infinite is not made to look finite") {
  Weight weight({infinite, 1, std::nanf(""), 5}, {.max_norm = 1});
  train::Regularization(weight.parameters).limit_norms();
  CHECK(weight.value[0] == infinite);
  CHECK(weight.value[1] == 1);
  CHECK(std::isnan(weight.value[2]));
  CHECK(weight.value[3] == 5);
}
