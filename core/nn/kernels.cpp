#include "nn/kernels.hpp"

#include <dnnl.h>

#include <stdexcept>

#include "nn/share.hpp"

#ifdef TREINO_X86_64
#include <xmmintrin.h>
#endif

namespace treino::nn {

extern const Kernels baseline_kernels;
#ifdef TREINO_X86_64
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
#endif

const Kernels* const* runnable_kernels() {
  static const Kernels* tables[4] = {};
  static const bool filled = [] {
    int count = 0;
    tables[count++] = &baseline_kernels;
#ifdef TREINO_X86_64
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      tables[count++] = &avx2_kernels;
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        tables[count++] = &avx512_kernels;
      }
    }
#endif
    return count > 0;
  }();
  return filled ? tables : nullptr;
}

const Kernels& kernels() {
  static const Kernels* const best = [] {
    const Kernels* const* table = runnable_kernels();
    while (table[1] != nullptr) ++table;
    return *table;
  }();
  return *best;
}

namespace {

// Below, packing and starting costs oneDNN more than its kernels save.
constexpr std::int64_t worth_onednn = 2'000'000;

void multiply_large(const Product& product) {
  const bool a_transposed = product.a_inner != 1, b_transposed = product.b_column != 1;
  const dnnl_status_t status =
      dnnl_sgemm(a_transposed ? 'T' : 'N', b_transposed ? 'T' : 'N', product.rows, product.columns, product.inner, 1.0f,
                 product.a, a_transposed ? product.a_inner : product.a_row, product.b,
                 b_transposed ? product.b_column : product.b_inner, product.add ? 1.0f : 0.0f, product.c, product.columns);
  if (status != dnnl_success) throw std::runtime_error("oneDNN refused a matrix product");
}

}  // namespace

void multiply(const Product& product, float* scratch, int threads) {
  if (product.rows * product.columns * product.inner < worth_onednn) return kernels().product(product, scratch);
  multiply_large(product);
  if (product.bias == nullptr && !product.relu) return;
  share(product.rows, product.columns, threads, [&](std::int64_t first, std::int64_t last) {
    kernels().add_bias(product.c + first * product.columns, product.bias, last - first, product.columns, product.relu);
  });
}

#ifdef TREINO_X86_64
FlushScope::FlushScope() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }  // flush to zero, denormals are zero
FlushScope::~FlushScope() { _mm_setcsr((before_ & 0x8040) | (_mm_getcsr() & ~0x8040u)); }
#else
FlushScope::FlushScope() : before_(0) {}
FlushScope::~FlushScope() = default;
#endif

}  // namespace treino::nn
