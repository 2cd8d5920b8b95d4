// How the layers of a model multiply matrices: in the model's precision, on its threads, in memory that they share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nn/kernel_choices.hpp"
#include "nn/kernels/kernel_table.hpp"
#include "nn/memory/arena.hpp"
#include "nn/onednn/matmul.hpp"
#include "nn/precision.hpp"

namespace treino::nn {

class StepMemory;

class Products {
 public:
  /// `capacity`: rows of the largest batch.
  Products(Precision precision, int threads, std::int64_t capacity)
      : precision_(precision), threads_(threads), capacity_(capacity) {}

  Precision precision() const { return precision_; }
  bool rounds() const { return precision_ != Precision::float32; }

  /// A layer that is being built will multiply inputs, rows x inner, with weights, inner x columns or the transposed of that, and take
  /// the two products of their gradients; sizes are those of a batch of `capacity` rows.
  void expect(std::int64_t rows, std::int64_t columns, std::int64_t inner, bool weights_transposed);
  enum class When { forward, backward };
  /// A single product, in which the batch decides the rows of A, or where that is transposed, its columns.
  void expect(const ProductShape& shape, When when);
  /// Once all layers are built.
  void request_memory(StepMemory& memory);

  /// The shapes of what was expected, for batches of other sizes: adds those of forward, or all.
  void add_shapes(std::int64_t rows, bool forward_only, std::vector<ProductShape>& shapes) const;
  /// From the next product on; shapes that are not among them are computed by the fixed rule. They outlive this.
  void use(const KernelChoices& choices) { choices_ = &choices; }

  /// C = or += A * B, with bias and relu. All of A lies in one piece, and all of B. In another precision than float32, both are
  /// rounded first.
  void multiply(const Product& product);

  /// While one lives, a B that several products in a row have in common is rounded once. It must not change.
  class CommonB {
   public:
    CommonB(Products& products, const float* b) : products_(products) { products.common_b_ = b; }
    ~CommonB() { products_.common_b_ = products_.rounded_b_ = nullptr; }
    CommonB(const CommonB&) = delete;
    CommonB& operator=(const CommonB&) = delete;

   private:
    Products& products_;
  };

  /// In place, as products do it; nothing in float32.
  void round(float* values, std::int64_t size) const;

 private:
  struct Expected {
    ProductShape shape;
    When when;
  };
  void multiply_floats(const Product& product);
  void multiply_emulated(const Product& product);
  void multiply_bf16(const Product& product);
  bool takes_b_again(const Product& product, bool halves);
  Matmul& matmul_for(const Product& product);

  const Precision precision_;
  const int threads_;
  const std::int64_t capacity_;
  std::vector<Expected> expected_;
  const KernelChoices* choices_ = nullptr;  // none: the fixed rule
  std::int64_t operand_size_ = 0;           // numbers in the largest
  ArenaSpan<float> scratch_, a_, b_;        // a_, b_: operands, rounded
  const float *common_b_ = nullptr, *rounded_b_ = nullptr;
  bool rounded_to_halves_ = false;
  std::vector<Matmul> matmuls_;
  Array<std::byte> matmul_scratch_;
};

}  // namespace treino::nn
