// Rounding before products, and who multiplies what was rounded.
#include "nn/products.hpp"

#include <algorithm>
#include <optional>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"
#include "nn/memory/step_memory.hpp"

namespace treino::nn {
namespace {

/// Shapes of products in a model are few: those of its layers, for two or three sizes of batch.
constexpr std::size_t most_matmuls = 512;

std::int64_t size_of_a(const Product& product) { return product.rows * product.inner; }
std::int64_t size_of_b(const Product& product) { return product.inner * product.columns; }

}  // namespace

void Products::expect(std::int64_t rows, std::int64_t columns, std::int64_t inner, bool weights_transposed) {
  expect({rows, columns, inner, false, weights_transposed}, When::forward);
  if (weights_transposed)
    expect({columns, inner, rows, true, false}, When::backward);
  else
    expect({inner, columns, rows, true, false}, When::backward);
  expect({rows, inner, columns, false, !weights_transposed}, When::backward);
}

void Products::expect(const ProductShape& shape, When when) {
  expected_.push_back({shape, when});
  if (rounds()) operand_size_ = std::max({operand_size_, shape.rows * shape.inner, shape.inner * shape.columns});
}

void Products::add_shapes(std::int64_t rows, bool forward_only, std::vector<ProductShape>& shapes) const {
  for (const Expected& expected : expected_) {
    if (forward_only && expected.when != When::forward) continue;
    ProductShape shape = expected.shape;
    std::int64_t& size = shape.a_transposed ? shape.inner : shape.rows;
    size = size / capacity_ * rows;
    shapes.push_back(shape);
  }
}

void Products::request_memory(StepMemory& memory) {
  // Large products have operands of two bytes in bf16, and small ones are emulated.
  const std::int64_t size =
      precision_ == Precision::bf16 ? std::max((operand_size_ + 1) / 2, std::min(operand_size_, worth_onednn)) : operand_size_;
  memory.request(scratch_, threads_ * product_scratch, Use::always);
  memory.request(a_, size, Use::always);
  memory.request(b_, size, Use::always);
}

void Products::multiply(const Product& product) {
  switch (precision_) {
    case Precision::float32:
      return multiply_floats(product);
    case Precision::bf16:
      if (shape_of(product).multiplications() >= worth_onednn) return multiply_bf16(product);
      [[fallthrough]];
    case Precision::bf16_emulated:
      return multiply_emulated(product);
  }
}

void Products::multiply_floats(const Product& product) {
  const ProductShape shape = shape_of(product);
  std::optional<ProductKernel> chosen;
  if (choices_ != nullptr && shape.multiplications() >= worth_choosing) chosen = choices_->find(shape);
  nn::multiply(product, chosen.value_or(fixed_kernel(shape, threads_)), scratch_.data(), threads_);
}

bool Products::takes_b_again(const Product& product, bool halves) {
  if (product.b == rounded_b_ && halves == rounded_to_halves_) return true;
  rounded_b_ = product.b == common_b_ ? common_b_ : nullptr;
  rounded_to_halves_ = halves;
  return false;
}

void Products::multiply_emulated(const Product& product) {
  const auto round_to = [this](const float* from, float* to, std::int64_t size) {
    parallel_for(size, 1, threads_,
                 [&](std::int64_t first, std::int64_t last) { kernels().round_to_bf16(from + first, to + first, last - first); });
  };
  round_to(product.a, a_.data(), size_of_a(product));
  if (!takes_b_again(product, false)) round_to(product.b, b_.data(), size_of_b(product));
  Product rounded = product;
  rounded.a = a_.data();
  rounded.b = b_.data();
  multiply_floats(rounded);
}

void Products::multiply_bf16(const Product& product) {
  // Half of the memory that is there for floats.
  auto *const a = reinterpret_cast<std::uint16_t*>(a_.data()), *const b = reinterpret_cast<std::uint16_t*>(b_.data());
  const auto convert = [this](const float* from, std::uint16_t* to, std::int64_t size) {
    parallel_for(size, 1, threads_, [&](std::int64_t first, std::int64_t last) {
      kernels().convert_to_bf16(from + first, to + first, last - first);
    });
  };
  convert(product.a, a, size_of_a(product));
  if (!takes_b_again(product, true)) convert(product.b, b, size_of_b(product));
  Matmul& matmul = matmul_for(product);
  matmul.run(a, b, product.c, product.bias, matmul_scratch_.data());
  // oneDNN's own relu would make a zero of a NaN.
  if (!product.relu) return;
  parallel_for(product.rows, product.columns, threads_, [&](std::int64_t first, std::int64_t last) {
    kernels().add_bias(product.c + first * product.columns, nullptr, last - first, product.columns, true);
  });
}

Matmul& Products::matmul_for(const Product& product) {
  const auto found = std::ranges::find_if(matmuls_, [&](const Matmul& matmul) { return matmul.is_for(product); });
  if (found != matmuls_.end()) return *found;
  if (matmuls_.size() >= most_matmuls) matmuls_.clear();
  Matmul& made = matmuls_.emplace_back(product, Matmul::Operands::bf16);
  if (made.scratch() > matmul_scratch_.size())
    matmul_scratch_ = Array<std::byte>::unset(static_cast<std::int64_t>(made.scratch()));
  return made;
}

void Products::round(float* values, std::int64_t size) const {
  if (rounds()) kernels().round_to_bf16(values, values, size);
}

}  // namespace treino::nn
