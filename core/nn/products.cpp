// Rounding before products, and who multiplies what was rounded.
#include "nn/products.hpp"

#include <algorithm>

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

void Products::reserve(std::int64_t rows, std::int64_t columns, std::int64_t inner) {
  if (!rounds()) return;
  // Forward multiplies inputs and weights; their gradients are inputs times those of the outputs, and these times weights.
  const std::int64_t inputs = rows * inner, weights = inner * columns, outputs = rows * columns;
  // Which of two factors is A depends on how the layer keeps its weights.
  operand_size_ = std::max({operand_size_, inputs, weights, outputs});
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
      return nn::multiply(product, scratch_.data(), threads_);
    case Precision::bf16:
      if (shape_of(product).multiplications() >= worth_onednn) return multiply_bf16(product);
      [[fallthrough]];
    case Precision::bf16_emulated:
      return multiply_emulated(product);
  }
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
  nn::multiply(rounded, scratch_.data(), threads_);
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
