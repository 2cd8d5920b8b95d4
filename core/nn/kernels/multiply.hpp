// Large matrix products: who computes them, and on which threads.
#pragma once
#include <compare>
#include <cstdint>

#include "nn/kernels/kernel_table.hpp"

namespace treino::nn {

/// Our own kernels or oneDNN's; on this thread, on parts of the product by each of the pool's, or on as many as oneDNN likes.
enum class ProductKernel { own, own_in_parts, onednn, onednn_in_parts, onednn_threads };

/// What it depends on who is fastest.
struct ProductShape {
  std::int64_t rows, columns, inner;
  bool a_transposed, b_transposed;

  auto operator<=>(const ProductShape&) const = default;
  std::int64_t multiplications() const { return rows * columns * inner; }
};

ProductShape shape_of(const Product& product);

/// Multiplications. Below, packing and starting costs oneDNN more than its kernels save.
constexpr std::int64_t worth_onednn = 2'000'000;

/// Who computes a product where nothing was measured: by its sizes, threads and the processor's instructions alone.
ProductKernel fixed_kernel(const ProductShape& shape, int threads);

/// C = or += A * B, with bias and relu.
///   scratch  product_scratch floats for each thread
///   threads  as many as ThreadScope says, or 1
void multiply(const Product& product, ProductKernel kernel, float* scratch, int threads);

/// The same, as fixed_kernel() says.
void multiply(const Product& product, float* scratch, int threads = 1);

}  // namespace treino::nn
