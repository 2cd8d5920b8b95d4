// Whoever computes a product, it is right; and the fixed rule says who does.
#include "nn/kernels/multiply.hpp"

#include <array>
#include <cmath>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/threads.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

constexpr ProductKernel every_kernel[] = {ProductKernel::own, ProductKernel::own_in_parts, ProductKernel::onednn,
                                          ProductKernel::onednn_in_parts, ProductKernel::onednn_threads};

/// The largest error against sums in double, of products in each arrangement.
double largest_error(const ProductShape& sizes, ProductKernel kernel, int threads) {
  const auto [rows, columns, inner, a_transposed, b_transposed] = sizes;
  const std::vector<float> a = normal_numbers(rows * inner, 1), b = normal_numbers(inner * columns, 2),
                           bias = normal_numbers(columns, 4);
  std::vector<float> scratch(static_cast<std::size_t>(product_scratch * threads));
  double worst = 0;
  for (const bool add : {false, true}) {
    std::vector<float> c = normal_numbers(rows * columns, 3);
    const std::vector<float> before = c;
    const Product product{.rows = rows,
                          .columns = columns,
                          .inner = inner,
                          .a = a.data(),
                          .a_row = a_transposed ? 1 : inner,
                          .a_inner = a_transposed ? rows : 1,
                          .b = b.data(),
                          .b_inner = b_transposed ? 1 : columns,
                          .b_column = b_transposed ? inner : 1,
                          .c = c.data(),
                          .add = add,
                          .bias = add ? nullptr : bias.data(),
                          .relu = !add};
    multiply(product, kernel, scratch.data(), threads);
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) {
        const auto at = static_cast<std::size_t>(i * columns + j);
        double sum = static_cast<double>(add ? before[at] : bias[static_cast<std::size_t>(j)]);
        for (std::int64_t k = 0; k < inner; ++k)
          sum += static_cast<double>(product.a[i * product.a_row + k * product.a_inner]) *
                 static_cast<double>(product.b[k * product.b_inner + j * product.b_column]);
        worst = std::max(worst, std::abs((add ? sum : std::max(sum, 0.0)) - static_cast<double>(c[at])));
      }
  }
  return worst;
}

}  // namespace

TEST_CASE("every kernel computes every product, on one thread and in parts") {
  for (const int threads : {1, 2, 3}) {
    const ThreadScope scope(threads);
    for (const ProductKernel kernel : every_kernel)
      for (const auto& [rows, columns, inner] :
           {std::array<std::int64_t, 3>{1, 130, 150}, {50, 33, 20}, {7, 300, 11}, {2, 1, 3}, {9, 20, 1}})
        for (int variant = 0; variant < 4; ++variant) {
          CAPTURE(threads, static_cast<int>(kernel), rows, columns, inner, variant);
          CHECK(largest_error({rows, columns, inner, (variant & 1) != 0, (variant & 2) != 0}, kernel, threads) < 1e-4);
        }
  }
}

TEST_CASE("the fixed rule goes by sizes, threads and instructions") {
  const auto kernel = [](std::int64_t rows, std::int64_t columns, std::int64_t inner, bool a_transposed, int threads) {
    return fixed_kernel({rows, columns, inner, a_transposed, false}, threads);
  };
  for (const int threads : {1, 2}) CHECK(kernel(32, 32, 64, false, threads) == ProductKernel::own);  // 65,536 multiplications
  CHECK(kernel(1, 512, 512, false, 2) == ProductKernel::onednn);
  CHECK(kernel(1, 32, 64, false, 2) == ProductKernel::own);
  CHECK(kernel(512, 1024, 1024, false, 1) == ProductKernel::onednn);
  CHECK(kernel(512, 1024, 1024, false, 2) == ProductKernel::onednn_in_parts);
  CHECK(kernel(40, 1024, 1024, false, 2) == ProductKernel::onednn_threads);  // too few rows for two
  const bool is_avx2 = kernels().lanes == 8;
  CHECK(kernel(512, 256, 128, true, 1) == (is_avx2 ? ProductKernel::own : ProductKernel::onednn));
  CHECK(kernel(512, 256, 128, true, 2) == (is_avx2 ? ProductKernel::own_in_parts : ProductKernel::onednn_in_parts));
  CHECK(kernel(1024, 4096, 512, true, 1) == ProductKernel::onednn);
}
