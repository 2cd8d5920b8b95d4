// Products on our own kernels, on oneDNN's, and in parts.
#include "nn/kernels/multiply.hpp"

#include <dnnl.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

// Rows or columns of C that a thread needs for oneDNN's kernels to be fast.
constexpr std::int64_t worth_splitting = 64;
// A row times a matrix: multiplications from which oneDNN, which reads the matrix once, is faster than our kernels, which pack it.
constexpr std::int64_t worth_a_row = 16'384;

/// Where oneDNN 2.6 with AVX2 takes A as it lies, column by column, in steps that share lines of the cache: 1.2 to 2 times our time
/// (tests/bench/RESULTS.md).
bool is_slow_transposed(const ProductShape& shape) {
  if (!shape.a_transposed || kernels().lanes != 8) return false;
  const bool small = std::min(shape.rows, shape.columns) <= 256 || shape.rows * shape.columns <= 512 * 512;
  return small && (shape.columns >= 256 || shape.rows % 512 == 0);
}

/// How a product is divided: by rows of C or by its columns, in so many together.
struct Division {
  bool by_columns;
  std::int64_t unit;
};

/// Part `part` of `parts` of a product.
Product part_of(const Product& all, const Division& division, int part, int parts) {
  const auto [by_columns, unit] = division;
  Product product = all;
  std::int64_t& length = by_columns ? product.columns : product.rows;
  const std::int64_t share = ((length + unit - 1) / unit + parts - 1) / parts * unit, first = std::min(part * share, length);
  length = std::min(share, length - first);
  (by_columns ? product.b : product.a) += first * (by_columns ? all.b_column : all.a_row);
  product.c += first * (by_columns ? 1 : all.columns);
  return product;
}

/// work(part of the product, number of the part) on each thread of the pool.
template <class Work>
void each_part(const Product& product, const Division& division, int threads, Work work) {
  struct Shared {
    const Product& product;
    const Division& division;
    Work& work;
  } shared{product, division, work};
  run_on_pool(
      threads, threads,
      [](void* data, int part, int parts) {
        const FlushScope flush_scope;
        Shared& all = *static_cast<Shared*>(data);
        const Product own = part_of(all.product, all.division, part, parts);
        if (own.rows > 0 && own.columns > 0) all.work(own, part);
      },
      &shared);
}

/// c_row: distance between rows of C. Bias and relu are left to finish().
dnnl_status_t multiply_by_onednn(const Product& product, std::int64_t c_row) {
  const bool a_transposed = product.a_inner != 1, b_transposed = product.b_column != 1;
  // The step from a single row to the next may be anything, but oneDNN refuses one that is shorter than the row.
  const std::int64_t a_step = a_transposed ? product.a_inner : std::max(product.a_row, product.inner);
  const std::int64_t b_step = b_transposed ? product.b_column : std::max(product.b_inner, product.columns);
  return dnnl_sgemm(a_transposed ? 'T' : 'N', b_transposed ? 'T' : 'N', product.rows, product.columns, product.inner, 1.0f,
                    product.a, a_step, product.b, b_step, product.add ? 1.0f : 0.0f, product.c, c_row);
}

/// Rationale: left to itself, oneDNN takes up to a sixth longer with two threads, most where B is transposed.
dnnl_status_t multiply_by_onednn_in_parts(const Product& product, int threads) {
  std::atomic<dnnl_status_t> status{dnnl_success};
  each_part(product, {product.b_column != 1, 16}, threads, [&](const Product& own, int) {
    if (const dnnl_status_t one = multiply_by_onednn(own, product.columns); one != dnnl_success) status = one;
  });
  return status;
}

void finish(const Product& product, dnnl_status_t status, int threads) {
  if (status != dnnl_success) throw std::runtime_error("oneDNN refused a matrix product");
  if (product.bias == nullptr && !product.relu) return;
  parallel_for(product.rows, product.columns, threads, [&](std::int64_t first, std::int64_t last) {
    kernels().add_bias(product.c + first * product.columns, product.bias, last - first, product.columns, product.relu);
  });
}

}  // namespace

ProductShape shape_of(const Product& product) {
  return {product.rows, product.columns, product.inner, product.a_inner != 1, product.b_column != 1};
}

ProductKernel fixed_kernel(const ProductShape& shape, int threads) {
  const std::int64_t multiplications = shape.multiplications();
  if (multiplications < worth_onednn)
    return shape.rows == 1 && multiplications >= worth_a_row ? ProductKernel::onednn : ProductKernel::own;
  const bool own = is_slow_transposed(shape);
  const std::int64_t length = shape.b_transposed ? shape.columns : shape.rows;
  if (threads > 1 && length >= threads * worth_splitting)
    return own ? ProductKernel::own_in_parts : ProductKernel::onednn_in_parts;
  if (own) return ProductKernel::own;
  return threads > 1 ? ProductKernel::onednn_threads : ProductKernel::onednn;
}

void multiply(const Product& product, ProductKernel kernel, float* scratch, int threads) {
  switch (kernel) {
    case ProductKernel::own:
      return kernels().product(product, scratch);
    case ProductKernel::own_in_parts:
      // By rows, in whole tiles of every table of kernels: parts of C's columns would not lie in one piece.
      return each_part(product, {false, 24}, threads,
                       [&](const Product& own, int part) { kernels().product(own, scratch + part * product_scratch); });
    case ProductKernel::onednn: {
      const ThreadScope alone(1);
      return finish(product, multiply_by_onednn(product, product.columns), 1);
    }
    case ProductKernel::onednn_in_parts:
      return finish(product, multiply_by_onednn_in_parts(product, threads), threads);
    case ProductKernel::onednn_threads:
      return finish(product, multiply_by_onednn(product, product.columns), threads);
  }
}

void multiply(const Product& product, float* scratch, int threads) {
  multiply(product, fixed_kernel(shape_of(product), threads), scratch, threads);
}

}  // namespace treino::nn
