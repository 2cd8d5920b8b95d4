// Every table of kernels that this processor can run, against plain loops in double.
#include "nn/kernels/kernels.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "nn/kernels/parallel_for.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

struct Operands {
  std::int64_t rows, columns, inner;
  std::vector<float> a = normal_numbers(rows * inner, 1), b = normal_numbers(inner * columns, 2),
                     c = normal_numbers(rows * columns, 3), bias = normal_numbers(columns, 4);

  Product product(bool a_transposed, bool b_transposed, bool add, bool with_bias = false, bool relu = false) {
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
            add,
            with_bias ? bias.data() : nullptr,
            relu};
  }
};

void check_product(const Kernels& table, std::int64_t rows, std::int64_t columns, std::int64_t inner) {
  std::vector<float> scratch(product_scratch);
  for (int variant = 0; variant < 32; ++variant) {
    Operands operands{rows, columns, inner};
    const std::vector<float> before = operands.c;
    const Product p = operands.product(variant & 1, variant & 2, variant & 4, variant & 8, variant & 16);
    table.product(p, scratch.data());
    double worst = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        double sum = p.add ? static_cast<double>(before[static_cast<std::size_t>(i * columns + j)]) : 0;
        for (std::int64_t k = 0; k < inner; ++k) {
          sum += static_cast<double>(p.a[i * p.a_row + k * p.a_inner]) * static_cast<double>(p.b[k * p.b_inner + j * p.b_column]);
        }
        if (p.bias != nullptr) sum += static_cast<double>(p.bias[j]);
        if (p.relu) sum = std::max(sum, 0.0);
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

TEST_CASE("a product's relu leaves a NaN, and what lies around C") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    std::vector<float> scratch(product_scratch), c(5 * 19 + 16, 7.0f);
    Operands operands{5, 19, 3};
    operands.a[0] = std::numeric_limits<float>::quiet_NaN();
    Product p = operands.product(false, false, false, true, true);
    p.c = c.data();
    (*table)->product(p, scratch.data());
    CAPTURE((*table)->name);
    for (std::size_t j = 0; j < 19; ++j) CHECK(std::isnan(c[j]));
    for (std::size_t i = 19; i < 5 * 19; ++i) CHECK((c[i] >= 0 && c[i] != 7));
    for (std::size_t i = 5 * 19; i < c.size(); ++i) CHECK(c[i] == 7);
  }
}

TEST_CASE("products shared by threads are those of one thread") {
  std::vector<float> scratch(2 * product_scratch);
  for (int variant = 0; variant < 32; ++variant) {
    Operands one{130, 140, 150}, two{130, 140, 150};
    kernels().product(one.product(variant & 1, variant & 2, variant & 4, variant & 8, variant & 16), scratch.data());
    const ThreadScope scope(2);
    multiply(two.product(variant & 1, variant & 2, variant & 4, variant & 8, variant & 16), scratch.data(), 2);
    for (std::size_t i = 0; i < one.c.size(); ++i) REQUIRE(two.c[i] == Approx(one.c[i]).margin(1e-4));
  }
}

TEST_CASE("a bias' gradient is right at every edge of registers, masked or not, added or not") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const std::int64_t columns : {1, 7, 8, 9, 16, 17, 63, 64, 65, 128, 129, 300}) {
      for (int variant = 0; variant < 8; ++variant) {
        CAPTURE((*table)->name, columns, variant);
        const std::int64_t rows = 3, step = columns + 2;
        const std::vector<float> before = normal_numbers(rows * step, 1), y = normal_numbers(rows * step, 2);
        std::vector<float> gradient = before, sums(static_cast<std::size_t>(columns) + 1, 1.0f);
        (*table)->bias_gradient(gradient.data(), variant & 1 ? y.data() : nullptr, variant & 2 ? sums.data() : nullptr, rows,
                                columns, step, variant & 4);
        for (std::int64_t j = 0; j < step; ++j) {
          double sum = variant & 4 ? 1 : 0;
          for (std::int64_t r = 0; r < rows; ++r) {
            const auto at = static_cast<std::size_t>(r * step + j);
            const bool zero = variant & 1 && j < columns && y[at] <= 0;
            REQUIRE(gradient[at] == (zero ? 0.0f : before[at]));
            sum += static_cast<double>(gradient[at]);
          }
          if (j < columns) REQUIRE(sums[static_cast<std::size_t>(j)] == Approx(variant & 2 ? sum : 1.0).margin(1e-5));
        }
        REQUIRE(sums.back() == 1);
      }
    }
  }
}

TEST_CASE("elementwise kernels of all tables give the same values") {
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

TEST_CASE("activations of all tables keep a float's precision, and NaN and the infinities their meaning") {
  const float infinity = std::numeric_limits<float>::infinity(), nothing = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x{0,  -0.0f, 1e-30f, 1e-4f, -1e-4f, 0.6249f,  0.6251f,   -0.63f,
                       88, -88,   100,    -100,  1e30f,  infinity, -infinity, nothing};
  for (int i = -2000; i <= 2000; ++i) x.push_back(static_cast<float>(i) * 0.0123f);
  struct Case {
    const char* name;
    ActivationFunction Kernels::*curve;
    double (*value)(double);
    double (*slope)(double);
    double relative, absolute;
  };
  const Case cases[] = {
      {"leaky_relu", &Kernels::leaky_relu, [](double v) { return v < 0 ? 0.25 * v : v; },
       [](double v) { return v <= 0 ? 0.25 : 1.0; }, 1e-7, 0},
      {"sigmoid", &Kernels::sigmoid, [](double v) { return 1 / (1 + std::exp(-v)); },
       [](double v) { return 1 / (1 + std::exp(-v)) * (1 - 1 / (1 + std::exp(-v))); }, 4e-7, 2e-7},
      {"tanh", &Kernels::tanh, [](double v) { return std::tanh(v); }, [](double v) { return 1 - std::tanh(v) * std::tanh(v); },
       4e-7, 2e-7},
      {"gelu", &Kernels::gelu, [](double v) { return v * 0.5 * std::erfc(-v / std::sqrt(2.0)); },
       [](double v) { return 0.5 * std::erfc(-v / std::sqrt(2.0)) + v * 0.3989422804014327 * std::exp(-0.5 * v * v); }, 1e-5,
       4e-7},
      {"hard_sigmoid", &Kernels::hard_sigmoid, [](double v) { return std::clamp(v / 6 + 0.5, 0.0, 1.0); },
       [](double v) { return v > -3 && v < 3 ? 1.0 / 6 : 0.0; }, 1e-7, 1e-7},
      {"silu", &Kernels::silu, [](double v) { return v / (1 + std::exp(-v)); },
       [](double v) { return 1 / (1 + std::exp(-v)) * (1 + v / (1 + std::exp(v))); }, 6e-7, 2e-7},
      {"softplus", &Kernels::softplus,
       [](double v) { return (std::max(v, 0.0) * 0.25 + std::log1p(std::exp(-0.25 * std::abs(v)))) * 4; },
       [](double v) { return 1 / (1 + std::exp(-0.25 * v)); }, 6e-7, 2e-7},
      {"elu", &Kernels::elu, [](double v) { return v > 0 ? v : 0.25 * std::expm1(v); },
       [](double v) { return v > 0 ? 1 : 0.25 * std::exp(v); }, 1e-6, 0}};
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const Case& one : cases) {
      const ActivationFunction& curve = (*table)->*one.curve;
      std::vector<float> y(x.size()), gradient(x.size(), 1.0f);
      const auto size = static_cast<std::int64_t>(x.size());
      curve.value(x.data(), y.data(), size, 0.25f);
      curve.gradient(gradient.data(), x.data(), y.data(), size, 0.25f);
      CAPTURE((*table)->name, one.name);
      for (std::size_t i = 0; i < x.size(); ++i) {
        CAPTURE(x[i]);
        if (std::isnan(x[i])) {
          CHECK(std::isnan(y[i]));
        } else if (std::isfinite(x[i])) {
          const double value = one.value(static_cast<double>(x[i])), slope = one.slope(static_cast<double>(x[i]));
          CHECK(std::abs(static_cast<double>(y[i]) - value) <=
                one.relative * std::abs(value) + (std::abs(x[i]) < 1 ? 1e-30 : one.absolute));
          CHECK(std::abs(static_cast<double>(gradient[i]) - slope) <= 4 * one.relative + 4 * one.absolute);
        }
      }
    }
    const float ends[] = {infinity, -infinity};
    float y[2];
    (*table)->sigmoid.value(ends, y, 2, 0);
    CHECK((y[0] == 1 && y[1] == 0));
    (*table)->tanh.value(ends, y, 2, 0);
    CHECK((y[0] == 1 && y[1] == -1));
  }
}

TEST_CASE("softmax of all tables at any width") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const std::int64_t columns : {1, 2, 10, 16, 33, 100}) {
      std::vector<float> x = normal_numbers(3 * columns, 1), y(x.size());
      for (std::int64_t j = 0; j < columns; ++j) x[static_cast<std::size_t>(columns + j)] += 1000;
      (*table)->softmax(x.data(), y.data(), 3, columns);
      for (std::int64_t row = 0; row < 3; ++row) {
        const float* from = x.data() + row * columns;
        double sum = 0;
        for (std::int64_t j = 0; j < columns; ++j) sum += std::exp(static_cast<double>(from[j]) - static_cast<double>(from[0]));
        for (std::int64_t j = 0; j < columns; ++j) {
          const double expected = std::exp(static_cast<double>(from[j]) - static_cast<double>(from[0])) / sum;
          CHECK(y[static_cast<std::size_t>(row * columns + j)] == Approx(expected).epsilon(1e-5));
        }
      }
      x[0] = std::numeric_limits<float>::quiet_NaN();
      (*table)->softmax(x.data(), y.data(), 1, columns);
      CHECK(std::isnan(y[static_cast<std::size_t>(columns) - 1]));
    }
  }
}

TEST_CASE("the gradient through softmax of all tables at any width") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const std::int64_t columns : {1, 7, 8, 16, 33, 100}) {
      CAPTURE(columns);
      const std::vector<float> y = normal_numbers(3 * columns, 1), before = normal_numbers(3 * columns, 2);
      std::vector<float> gradient = before;
      gradient.push_back(7);
      (*table)->softmax_gradient(y.data(), gradient.data(), 3, columns);
      CHECK(gradient.back() == 7);
      for (std::size_t row = 0, width = static_cast<std::size_t>(columns); row < 3; ++row) {
        double mean = 0;
        for (std::size_t j = row * width; j < (row + 1) * width; ++j)
          mean += static_cast<double>(y[j]) * static_cast<double>(before[j]);
        for (std::size_t j = row * width; j < (row + 1) * width; ++j)
          CHECK(gradient[j] == Approx(static_cast<double>(y[j]) * (static_cast<double>(before[j]) - mean)).margin(1e-4));
      }
    }
  }
}

TEST_CASE("rows are normalized by themselves with any table at any width, far from zero too") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const std::int64_t size : {1, 3, 8, 16, 31, 100, 1000}) {
      for (const float shift : {0.0f, 1000.0f}) {
        CAPTURE(size, shift);
        std::vector<float> x = normal_numbers(size, 1), y(x.size() + 1, 7.0f);
        const std::vector<float> weight = normal_numbers(size, 2), bias = normal_numbers(size, 3),
                                 gradient = normal_numbers(size, 4);
        for (float& one : x) one += shift;
        double mean = 0, squares = 0, sums[2] = {}, moments[2];
        for (const float one : x) mean += static_cast<double>(one) / static_cast<double>(size);
        for (const float one : x) squares += (static_cast<double>(one) - mean) * (static_cast<double>(one) - mean);
        (*table)->row_moments(x.data(), size, true, moments);
        CHECK(moments[0] == Approx(mean).margin(1e-12));
        CHECK(moments[1] == Approx(squares / static_cast<double>(size)).margin(1e-12));
        const RowNormal normal{static_cast<float>(moments[0]), 0.75f};
        (*table)->scale_row(x.data(), size, normal, weight.data(), bias.data(), y.data());
        CHECK(y.back() == 7);
        (*table)->row_gradient_sums(gradient.data(), x.data(), weight.data(), size, normal, sums);
        double all = 0, products = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double n = (static_cast<double>(x[i]) - static_cast<double>(normal.mean)) * 0.75,
                       w = static_cast<double>(weight[i]);
          CHECK(y[i] == Approx(n * w + static_cast<double>(bias[i])).margin(1e-5));
          all += static_cast<double>(gradient[i]) * w;
          products += static_cast<double>(gradient[i]) * w * n;
        }
        CHECK(sums[0] == Approx(all).margin(1e-4));
        CHECK(sums[1] == Approx(products).margin(1e-4));
        (*table)->row_moments(x.data(), size, false, moments);
        CHECK(moments[0] == 0);
      }
    }
  }
}

TEST_CASE("transposing puts every element where it belongs, with any table") {
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const auto& [rows, columns] : {std::pair{1, 1}, {3, 5}, {16, 16}, {8, 144}, {144, 16}, {17, 33}, {40, 31}}) {
      const std::vector<float> x = normal_numbers(rows * columns, 1);
      std::vector<float> y(x.size());
      (*table)->transpose(x.data(), y.data(), rows, columns);
      CAPTURE((*table)->name, rows, columns);
      bool right = true;
      for (int i = 0; i < rows; ++i) {
        for (int j = 0; j < columns; ++j) {
          right = right && y[static_cast<std::size_t>(j * rows + i)] == x[static_cast<std::size_t>(i * columns + j)];
        }
      }
      CHECK(right);
    }
  }
}

TEST_CASE("pooling channels in blocks gives what pooling each channel gives, with any table") {
  const PoolWindow windows[] = {{16, 6, 8, 2, 2, 2, 2, 0, 0, 3, 4},
                                {8, 7, 5, 3, 3, 2, 2, 1, 1, 4, 3},
                                {16, 5, 5, 3, 2, 1, 1, 0, 0, 3, 4},
                                {8, 5, 7, 2, 2, 3, 3, 0, 0, 2, 2}};
  for (const Kernels* const* table = runnable_kernels(); *table != nullptr; ++table) {
    for (const PoolWindow& w : windows) {
      for (const bool relu : {false, true}) {
        const std::int64_t in = w.height * w.width, out = w.output_height * w.output_width;
        std::vector<float> x = normal_numbers(in * w.block, 1), gradient = normal_numbers(out * w.block, 2);
        x[3] = x[static_cast<std::size_t>(w.block) + 3];  // a tie
        std::vector<float> y(gradient.size()), x_gradient(x.size(), 9.0f), expected(x.size(), 0.0f);
        std::vector<std::uint8_t> winners(y.size());
        (*table)->max_pool(x.data(), y.data(), winners.data(), w, relu);
        (*table)->max_pool_gradient(gradient.data(), y.data(), winners.data(), x_gradient.data(), w, relu);
        CAPTURE((*table)->name, w.block, w.kernel_height, relu);
        for (std::int64_t i = 0; i < out; ++i) {
          for (std::int64_t c = 0; c < w.block; ++c) {
            std::int64_t best = -1;
            for (std::int64_t r = 0; r < w.kernel_height; ++r) {
              for (std::int64_t s = 0; s < w.kernel_width; ++s) {
                const std::int64_t row = i / w.output_width * w.stride_height - w.top + r;
                const std::int64_t column = i % w.output_width * w.stride_width - w.left + s;
                if (row < 0 || row >= w.height || column < 0 || column >= w.width) continue;
                const std::int64_t at = (row * w.width + column) * w.block + c;
                if (best < 0 || x[static_cast<std::size_t>(at)] > x[static_cast<std::size_t>(best)]) best = at;
              }
            }
            const auto at = static_cast<std::size_t>(i * w.block + c), from = static_cast<std::size_t>(best);
            REQUIRE(y[at] == (relu ? std::max(x[from], 0.0f) : x[from]));
            if (!relu || x[from] > 0) expected[from] += gradient[at];
          }
        }
        for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(x_gradient[i] == Approx(expected[i]).margin(1e-6));
      }
    }
  }
}

TEST_CASE("a thread scope restores the number of threads") {
  const ThreadScope outer(2);
  { const ThreadScope inner(1); }
  std::vector<float> scratch(product_scratch);
  Operands operands{130, 140, 150};
  multiply(operands.product(false, false, false), scratch.data());
  CHECK(std::isfinite(operands.c[0]));
}

TEST_CASE("parallel_for covers everything once, in parts that do not depend on when the threads come") {
  for (const std::int64_t size : {1, 63, 64, 1000, 20000, 40000, 100001}) {
    for (const int threads : {1, 2, 3}) {
      std::vector<int> visits(static_cast<std::size_t>(size), 0);
      std::atomic<int> parts{0};
      parallel_for(size, 1, threads, [&](std::int64_t first, std::int64_t last) {
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
