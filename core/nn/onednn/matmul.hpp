// oneDNN's matrix product for one shape: planned at construction, with operands of float32 or bfloat16 and sums of float32.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "nn/kernels/kernel_table.hpp"

namespace treino::nn {

class Matmul {
 public:
  enum class Operands { float32, bf16 };

  /// Of a product of such sizes, steps, `add` and with or without bias; its arrays and `relu` are not looked at. For as many threads
  /// as OpenMP gives now (ThreadScope). Throws std::runtime_error where oneDNN has no way to compute it.
  Matmul(const Product& product, Operands operands);
  ~Matmul();
  Matmul(Matmul&&) noexcept;
  Matmul& operator=(Matmul&&) noexcept;

  /// Whether it was planned for such a product.
  bool is_for(const Product& product) const;

  /// Bytes that run wants for the time of the call, on a cache line's boundary.
  std::size_t scratch() const;

  /// C = or += A * B, plus bias. a, b: as `operands` says, in the order that the steps say. relu is left to the caller.
  void run(const void* a, const void* b, float* c, const float* bias, std::byte* scratch);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace treino::nn
