// Which table of kernels this processor runs.
#include "nn/kernels/kernels.hpp"

#include <dnnl.h>

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

#ifdef TREINO_X86_64
FlushScope::FlushScope() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }  // flush to zero, denormals are zero
FlushScope::~FlushScope() { _mm_setcsr((before_ & 0x8040) | (_mm_getcsr() & ~0x8040u)); }
#else
FlushScope::FlushScope() : before_(0) {}
FlushScope::~FlushScope() = default;
#endif

}  // namespace treino::nn
