// Which table of kernels this processor runs, and which products oneDNN computes in their place.
#include "nn/kernels/kernels.hpp"

#include <dnnl.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "nn/kernels/parallel_for.hpp"

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

namespace {

/// Whether these loops may run where oneDNN is held to an instruction set by ONEDNN_MAX_CPU_ISA: the variable means the whole
/// program, so that what another processor would do can be tried on this one.
bool is_permitted(const Kernels& table) {
  constexpr unsigned avx2 = dnnl_cpu_isa_avx2, avx512 = dnnl_cpu_isa_avx512_core;
  const auto permitted = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  const unsigned needed = table.lanes == 16 ? avx512 : table.lanes == 8 ? avx2 : 0;
  return (permitted & needed) == needed;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels* const best = [] {
    const Kernels* const* table = runnable_kernels();
    while (table[1] != nullptr && is_permitted(*table[1])) ++table;
    return *table;
  }();
  return *best;
}

namespace {

// Rows or columns of C that a thread needs for oneDNN's kernels to be fast.
constexpr std::int64_t worth_splitting = 64;

/// c_row: distance between rows of C.
dnnl_status_t multiply_large(const Product& product, std::int64_t c_row) {
  const bool a_transposed = product.a_inner != 1, b_transposed = product.b_column != 1;
  return dnnl_sgemm(a_transposed ? 'T' : 'N', b_transposed ? 'T' : 'N', product.rows, product.columns, product.inner, 1.0f,
                    product.a, a_transposed ? product.a_inner : product.a_row, product.b,
                    b_transposed ? product.b_column : product.b_inner, product.add ? 1.0f : 0.0f, product.c, c_row);
}

/// Part `part` of `parts` of a product: some of its rows, or of its columns where B is transposed.
Product part_of(const Product& all, int part, int parts) {
  Product product = all;
  const bool by_columns = all.b_column != 1;
  std::int64_t& length = by_columns ? product.columns : product.rows;
  const std::int64_t share = ((length + 15) / 16 + parts - 1) / parts * 16, first = std::min(part * share, length);
  length = std::min(share, length - first);
  (by_columns ? product.b : product.a) += first * (by_columns ? all.b_column : all.a_row);
  product.c += first * (by_columns ? 1 : all.columns);
  return product;
}

/// Rationale: left to itself, oneDNN takes up to a sixth longer with two threads, most where B is transposed.
dnnl_status_t multiply_in_parts(const Product& product, int threads) {
  struct Shared {
    const Product& product;
    std::atomic<dnnl_status_t> status{dnnl_success};
  } shared{product};
  run_on_pool(
      threads, threads,
      [](void* data, int part, int parts) {
        const FlushScope flush_scope;
        Shared& all = *static_cast<Shared*>(data);
        const Product own = part_of(all.product, part, parts);
        if (own.rows == 0 || own.columns == 0) return;
        if (const dnnl_status_t status = multiply_large(own, all.product.columns); status != dnnl_success) all.status = status;
      },
      &shared);
  return shared.status;
}

}  // namespace

bool is_large(const Product& product) { return product.rows * product.columns * product.inner >= worth_onednn; }

void multiply(const Product& product, float* scratch, int threads) {
  if (!is_large(product)) return kernels().product(product, scratch);
  const std::int64_t length = product.b_column != 1 ? product.columns : product.rows;
  const bool in_parts = threads > 1 && length >= threads * worth_splitting;
  const dnnl_status_t status = in_parts ? multiply_in_parts(product, threads) : multiply_large(product, product.columns);
  if (status != dnnl_success) throw std::runtime_error("oneDNN refused a matrix product");
  if (product.bias == nullptr && !product.relu) return;
  parallel_for(product.rows, product.columns, threads, [&](std::int64_t first, std::int64_t last) {
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
