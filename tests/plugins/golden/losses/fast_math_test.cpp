// fast_math.hpp against the standard library in long double.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <treino/kit/fast_math.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

/// The largest error of `found`, relative to `expected`, over `count` numbers from `low` to `high`.
template <class Real, class Found, class Expected>
double worst(Real low, Real high, int count, const Found& found, const Expected& expected) {
  std::vector<Real> in, out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) in.push_back(low + (high - low) * static_cast<Real>(i) / static_cast<Real>(count - 1));
  // As they are used: in a loop for the widest vectors.
  treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = found(in[i]);
  });
  double most = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const long double right = expected(static_cast<long double>(in[i]));
    const long double error = std::abs(static_cast<long double>(out[i]) - right);
    if (error != 0) most = std::max(most, static_cast<double>(error / std::abs(right)));
  }
  return most;
}

template <class Real, class Function>
double exp_worst(Real low, Real high, const Function& function) {
  return worst(low, high, 100001, function, [](long double x) { return std::exp(x); });
}

constexpr auto exp_of = [](auto x) TREINO_ALWAYS_INLINE { return treino::fast::exp(x); };
constexpr auto exp_below_one_of = [](float x) TREINO_ALWAYS_INLINE { return treino::fast::exp_below_one(x); };
constexpr auto log_of = [](double x) TREINO_ALWAYS_INLINE { return treino::fast::log(x); };
constexpr auto log1p_of = [](double x) TREINO_ALWAYS_INLINE { return treino::fast::log1p(x); };
constexpr auto log1p_of_float = [](float x) TREINO_ALWAYS_INLINE { return treino::fast::log1p_up_to_one(x).log; };
constexpr auto log1p_of_any_float = [](float x) TREINO_ALWAYS_INLINE { return treino::fast::log1p(x); };
constexpr auto inverse_of_float = [](float x) TREINO_ALWAYS_INLINE { return treino::fast::log1p_up_to_one(x).inverse; };

double log_worst(double low, double high) {
  return worst(low, high, 100001, log_of, [](long double x) { return std::log(x); });
}
double log1p_worst(double low, double high) {
  return worst(low, high, 100001, log1p_of, [](long double x) { return std::log1p(x); });
}

}  // namespace

TEST_CASE("fast exp of double is exact to 1e-15 over its whole range") {
  for (const double end : {1e-9, 0.01, 0.35, 1.0, 20.0, 708.0}) {
    INFO(end);
    CHECK(exp_worst(-end, end, exp_of) < 1e-15);
  }
  CHECK(treino::fast::exp(0.0) == 1);
}

TEST_CASE("fast exp of float is exact to 2e-7 over its whole range") {
  for (const float end : {1e-6f, 0.01f, 0.35f, 1.0f, 20.0f, 87.0f}) {
    INFO(end);
    CHECK(exp_worst(-end, end, exp_of) < 2e-7);
    CHECK(exp_worst(-end, 0.0f, exp_below_one_of) < 2e-7);
  }
  CHECK(treino::fast::exp(0.0f) == 1);
  CHECK(treino::fast::exp_below_one(-1e4f) == 0);
  CHECK(treino::fast::exp_below_one(-std::numeric_limits<float>::infinity()) == 0);
}

TEST_CASE("fast exp of a difference is not affected by its rounding to float") {
  for (const float b : {0.0f, 0.1f, 33.3f, 9999.9f}) {
    INFO(b);
    const auto of_difference = [b](float a) TREINO_ALWAYS_INLINE { return treino::fast::exp_of_difference(a, b); };
    CHECK(worst(b - 80, b, 100001, of_difference, [b](long double a) { return std::exp(a - static_cast<long double>(b)); }) <
          2e-7);
  }
  CHECK(treino::fast::exp_of_difference(5.0f, 5.0f) == 1);
  CHECK(treino::fast::exp_of_difference(-1e4f, 1e4f) == 0);
  CHECK(treino::fast::exp_of_difference(-std::numeric_limits<float>::infinity(), 1e4f) == 0);
  CHECK(std::isnan(treino::fast::exp_of_difference(std::numeric_limits<float>::quiet_NaN(), 1.0f)));
}

TEST_CASE("fast exp in parts holds what is above a power of two to 4e-8") {
  for (const float end : {1e-20f, 1e-6f, 0.35f, 1.0f, 20.0f, 87.0f}) {
    INFO(end);
    double most = 0;
    for (int i = 0; i <= 100000; ++i) {
      const float x = end * (static_cast<float>(i) / 50000 - 1);
      const treino::fast::ExpInParts parts = treino::fast::exp_in_parts(x);
      REQUIRE(std::frexp(parts.power, std::vector<int>(1).data()) == 0.5f);  // a power of two
      const long double above = std::expm1(static_cast<long double>(x) - std::log(static_cast<long double>(parts.power)));
      most = std::max(most, static_cast<double>(std::abs(static_cast<long double>(parts.more) - above)));
    }
    CHECK(most < std::min(4e-8, 1e-7 * static_cast<double>(end)));
  }
  CHECK(std::isnan(treino::fast::exp_in_parts(std::numeric_limits<float>::quiet_NaN()).more));
}

TEST_CASE("exponentials of an array are exact to 2e-7 for any count, 0 of what is too small, and NaN of NaN") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t count : {1, 7, 8, 255, 256, 257, 1000}) {
    INFO(count);
    std::vector<float> in, out(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) in.push_back(-87.0f * static_cast<float>(i) / static_cast<float>(count));
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      treino::fast::exponentials(count, out.data(), [values = in.data()](std::int64_t i) TREINO_ALWAYS_INLINE {
        return treino::fast::exact_difference(values[i] + 5, 5);
      });
    });
    for (std::size_t i = 0; i < in.size(); ++i)
      REQUIRE(static_cast<double>(out[i]) == Approx(std::exp(static_cast<double>(in[i] + 5) - 5)).epsilon(2e-7));
  }
  const std::vector<float> edges{-88, -1e30f, -infinity, std::numeric_limits<float>::quiet_NaN()};
  std::vector<float> out(edges.size());
  treino::fast::exponentials(4, out.data(), [&](std::int64_t i) TREINO_ALWAYS_INLINE {
    return treino::fast::Exact{edges[static_cast<std::size_t>(i)], 0.0f};
  });
  CHECK(out[0] == 0);
  CHECK(out[1] == 0);
  CHECK(out[2] == 0);
  CHECK(std::isnan(out[3]));
}

TEST_CASE("the logarithm of a product is the sum of logarithms, of tiny values too") {
  for (const float most : {1e-30f, 1e-9f, 1e-3f, 1.0f})
    for (std::int64_t count = 0; count <= 1000; count += count < 140 ? 1 : 43) {
      INFO(most << ", " << count);
      std::vector<float> values;
      long double sum = 0;
      for (std::int64_t i = 0; i < count; ++i) {
        values.push_back(most * static_cast<float>((i * 37) % 101) / 100);
        sum += std::log1p(static_cast<long double>(values.back()));
      }
      double product = 0;
      treino::with_widest_vectors([&]()
                                      TREINO_ALWAYS_INLINE { product = treino::fast::product_above_one(values.data(), count); });
      CHECK(std::log1p(product) == Approx(static_cast<double>(sum)).epsilon(1e-6));
    }
}

TEST_CASE("fast exp stays finite and above 0 beyond its range, and NaN comes through") {
  CHECK(treino::fast::exp(-1e4) == treino::fast::exp(-708.0));
  CHECK(treino::fast::exp(1e4) == treino::fast::exp(709.0));
  CHECK(treino::fast::exp(-1e4f) == treino::fast::exp(-87.0f));
  CHECK(treino::fast::exp(1e4f) == treino::fast::exp(88.0f));
  CHECK(treino::fast::exp(-1e4) > 0);
  CHECK(std::isfinite(treino::fast::exp(1e4)));
  CHECK(std::isnan(treino::fast::exp(std::numeric_limits<double>::quiet_NaN())));
  CHECK(std::isnan(treino::fast::exp(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("fast log is exact to 1e-15, near 1 as well") {
  CHECK(log_worst(std::numeric_limits<double>::min(), 1e-300) < 1e-15);
  CHECK(log_worst(1e-7, 0.7) < 1e-15);
  CHECK(log_worst(0.5, 2) < 1e-15);
  CHECK(log_worst(1 - 1e-8, 1 + 1e-8) < 1e-15);
  CHECK(log_worst(2, 1e6) < 1e-15);
  CHECK(log_worst(1e300, std::numeric_limits<double>::max()) < 1e-15);
  CHECK(treino::fast::log(1.0) == 0);
  CHECK(std::isnan(treino::fast::log(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("fast log1p is exact to 1e-15, near 0 as well") {
  for (const double end : {1e-300, 1e-17, 1e-9, 1e-3, 1.0, 50.0, 1e18}) {
    INFO(end);
    CHECK(log1p_worst(0, end) < 1e-15);
  }
  CHECK(std::isnan(treino::fast::log1p(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("fast log1p of float and its inverse are exact to 3e-7 from 0 to 1") {
  for (const float end : {1e-30f, 1e-7f, 1e-3f, 1.0f}) {
    INFO(end);
    CHECK(worst(0.0f, end, 100001, log1p_of_float, [](long double x) { return std::log1p(x); }) < 3e-7);
    CHECK(worst(0.0f, end, 100001, inverse_of_float, [](long double x) { return 1 / (1 + x); }) < 3e-7);
  }
}

TEST_CASE("fast log1p of float is exact to 3e-7, near 0 and for the largest as well") {
  for (const float end : {1e-30f, 1e-20f, 1e-7f, 1e-3f, 1.0f, 50.0f, 1e9f, 1e18f, 1e19f, 3.4e38f}) {
    INFO(end);
    CHECK(worst(0.0f, end, 100001, log1p_of_any_float, [](long double x) { return std::log1p(x); }) < 3e-7);
  }
  CHECK(treino::fast::log1p(0.0f) == 0);
  CHECK(std::isnan(treino::fast::log1p(std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE("sums and maxima are right for any count") {
  for (std::int64_t count = 1; count < 130; ++count) {
    INFO(count);
    std::vector<double> numbers;
    std::vector<float> shuffled;
    for (std::int64_t i = 0; i < count; ++i) {
      numbers.push_back(static_cast<double>(i));
      shuffled.push_back(static_cast<float>((i * 37) % count) - 200);
    }
    CHECK(treino::fast::sum(numbers.data(), count) == static_cast<double>(count * (count - 1) / 2));
    CHECK(treino::fast::max(shuffled.data(), count) == *std::max_element(shuffled.begin(), shuffled.end()));
    const float sum = std::accumulate(shuffled.begin(), shuffled.end(), 0.0f);  // of whole numbers, so that nothing is rounded
    CHECK(treino::fast::sum_in_pairs(shuffled.data(), count) == static_cast<double>(sum));
  }
  CHECK(treino::fast::sum(static_cast<const double*>(nullptr), 0) == 0);
  const std::vector<float> tenths(1000, 0.1f);
  CHECK(treino::fast::sum(tenths.data(), 1000) == Approx(1000 * static_cast<double>(0.1f)).epsilon(1e-14));
  const std::vector<float> halves(1000, 0.5f);
  CHECK(treino::fast::sum_of_products(tenths.data(), halves.data(), 1000) ==
        Approx(500 * static_cast<double>(0.1f)).epsilon(1e-14));
  CHECK(treino::fast::sum_of_products(tenths.data(), halves.data(), 5) == Approx(2.5 * static_cast<double>(0.1f)).epsilon(1e-14));
}

TEST_CASE("choices keep NaN where it is not chosen away, and the sign of 0") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(treino::fast::select(true, 1.5, nan) == 1.5);
  CHECK(std::isnan(treino::fast::select(false, 1.5, nan)));
  CHECK(std::signbit(treino::fast::select(true, -0.0f, 1.0f)));
  CHECK(treino::fast::at_least(-3.0, 1.0) == 1);
  CHECK(treino::fast::at_least(3.0, 1.0) == 3);
  CHECK(treino::fast::at_most(3.0, 1.0) == 1);
  CHECK(treino::fast::at_most(-3.0, 1.0) == -3);
  CHECK(std::isnan(treino::fast::at_least(nan, 1.0)));
  CHECK(std::isnan(treino::fast::at_most(nan, 1.0)));
  CHECK(treino::fast::sign(-2) == -1);
  CHECK(treino::fast::sign(2) == 1);
  CHECK(treino::fast::sign(-0.0) == 0);
}
