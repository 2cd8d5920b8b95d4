// Every table of kernels that this processor can run, against plain loops in double.
#include "nn/kernels.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "nn/share.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

struct Operands {
  std::int64_t rows, columns, inner;
  std::vector<float> a = normal_numbers(rows * inner, 1), b = normal_numbers(inner * columns, 2),
                     c = normal_numbers(rows * columns, 3);

  Product product(bool a_transposed, bool b_transposed, bool add) {
    return {rows,
            columns,
            inner,
            a.data(),
            a_transposed ? 1 : inner,
            a_transposed ? rows : 1,
            b.data(),
            b_transposed ? 1 : columns,
            b_transposed ? inner : 1,
            c.data(),
            add};
  }
};

void check_product(const Kernels& table, std::int64_t rows, std::int64_t columns, std::int64_t inner) {
  std::vector<float> scratch(product_scratch);
  for (int variant = 0; variant < 8; ++variant) {
    Operands operands{rows, columns, inner};
    const std::vector<float> before = operands.c;
    const Product p = operands.product(variant & 1, variant & 2, variant & 4);
    table.product(p, scratch.data());
    double worst = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        double sum = p.add ? static_cast<double>(before[static_cast<std::size_t>(i * columns + j)]) : 0;
        for (std::int64_t k = 0; k < inner; ++k) {
          sum += static_cast<double>(p.a[i * p.a_row + k * p.a_inner]) * static_cast<double>(p.b[k * p.b_inner + j * p.b_column]);
        }
        worst = std::max(worst, std::abs(sum - static_cast<double>(p.c[i * columns + j])));
      }
    }
    CAPTURE(table.name, rows, columns, inner, variant);
    CHECK(worst < 1e-6 * static_cast<double>(inner) + 1e-5);
  }
}

}  // namespace

TEST_CASE("products of all tables are right at every edge of tiles, panels and blocks") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 9, 17}) {
      for (const std::int64_t columns : {1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65}) check_product(**table, rows, columns, 5);
    }
    check_product(**table, 1, 1, 1);
    check_product(**table, 121, 100, 257);
    check_product(**table, 9, 1025, 300);
  }
}

TEST_CASE("products shared by threads are those of one thread") {
  std::vector<float> scratch(product_scratch);
  for (int variant = 0; variant < 8; ++variant) {
    Operands one{130, 140, 150}, two{130, 140, 150};
    kernels().product(one.product(variant & 1, variant & 2, variant & 4), scratch.data());
    const ThreadScope scope(2);
    multiply(two.product(variant & 1, variant & 2, variant & 4), scratch.data());
    for (std::size_t i = 0; i < one.c.size(); ++i) REQUIRE(two.c[i] == Approx(one.c[i]).margin(1e-4));
  }
}

TEST_CASE("elementwise kernels of all tables give the same numbers") {
  const std::int64_t rows = 3, columns = 37;
  for (const Kernels* const* entry = runnable_kernels(); *entry != nullptr; ++entry) {
    const Kernels& table = **entry;
    CAPTURE(table.name);
    std::vector<float> x = normal_numbers(rows * columns, 1), bias = normal_numbers(columns, 2), y = x, sums(37, 1.0f);
    x[5] = y[5] = std::numeric_limits<float>::quiet_NaN();
    table.add_bias(y.data(), bias.data(), rows, columns, true);
    std::vector<float> gradient = normal_numbers(rows * columns, 3), masked = gradient;
    table.bias_gradient(masked.data(), y.data(), sums.data(), rows, columns, columns, true);
    CHECK(std::isnan(y[5]));
    for (std::size_t j = 0; j < 37; ++j) {
      double sum = 1;
      for (std::size_t i = j; i < x.size(); i += 37) {
        if (i == 5) {
          sum += static_cast<double>(gradient[i]);
          continue;
        }
        REQUIRE(y[i] == std::max(x[i] + bias[j], 0.0f));
        REQUIRE(masked[i] == (y[i] > 0 ? gradient[i] : 0.0f));
        sum += static_cast<double>(masked[i]);
      }
      CHECK(sums[j] == Approx(sum).margin(1e-5));
    }
  }
}

TEST_CASE("updates of all tables agree") {
  const SgdStep sgd{0.1f, 0.9f, 0.01f, true};
  const AdamStep adam{0.9f, 0.1f, 0.999f, 0.001f, 0.1f, 0.5f, 1e-8f, 0.01f, 0.999f};
  const RmspropStep rmsprop{0.1f, 0.9f, 0.1f, 1e-8f, 0.01f, 0.9f};
  const AdagradStep adagrad{0.1f, 1e-8f, 0.01f};
  const auto run = [&](const Kernels& table, int which) {
    std::vector<float> weight = normal_numbers(37, 1), first = normal_numbers(37, 3), second = first;
    const std::vector<float> gradient = normal_numbers(37, 2);
    for (float& value : second) value *= value;
    if (which == 0) table.sgd(37, weight.data(), gradient.data(), first.data(), sgd);
    if (which == 1) table.adam(37, weight.data(), gradient.data(), first.data(), second.data(), adam);
    if (which == 2) table.rmsprop(37, weight.data(), gradient.data(), second.data(), first.data(), rmsprop);
    if (which == 3) table.adagrad(37, weight.data(), gradient.data(), second.data(), adagrad);
    return weight;
  };
  for (int which = 0; which < 4; ++which) {
    const std::vector<float> expected = run(kernels(), which);
    for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
      const std::vector<float> actual = run(**table, which);
      for (std::size_t i = 0; i < expected.size(); ++i) CHECK(actual[i] == Approx(expected[i]).epsilon(1e-5).margin(1e-6));
    }
  }
}

TEST_CASE("a thread scope puts the number of threads back") {
  const ThreadScope outer(2);
  { const ThreadScope inner(1); }
  std::vector<float> scratch(product_scratch);
  Operands operands{130, 140, 150};
  multiply(operands.product(false, false, false), scratch.data());
  CHECK(std::isfinite(operands.c[0]));
}

TEST_CASE("shared loops cover everything once, in parts that do not depend on when the threads come") {
  for (const std::int64_t size : {1, 63, 64, 1000, 20000, 40000, 100001}) {
    for (const int threads : {1, 2, 3}) {
      std::vector<int> visits(static_cast<std::size_t>(size), 0);
      std::atomic<int> parts{0};
      share(size, 1, threads, [&](std::int64_t first, std::int64_t last) {
        ++parts;
        for (std::int64_t i = first; i < last; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      CAPTURE(size, threads);
      CHECK(std::all_of(visits.begin(), visits.end(), [](int count) { return count == 1; }));
      CHECK(parts == (size >= threads * worth_a_thread ? threads : size >= 2 * worth_a_thread && threads > 1 ? 2 : 1));
    }
  }
}

TEST_CASE("a flush scope takes denormal numbers for zero and ends with the mode it found") {
  volatile float tiny = 1e-30f;
  {
    const FlushScope scope;
#ifdef __x86_64__
    CHECK(tiny * 1e-10f == 0);
#endif
  }
  CHECK(tiny * 1e-10f > 0);
}
