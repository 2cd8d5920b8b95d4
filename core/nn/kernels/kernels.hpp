// The inner loops, behind a table of functions: each table is the same source compiled for one instruction set, and the processor
// chooses at start-up. Another implementation of a loop is another entry; layers see this header only.
#pragma once
#include <cstdint>

#include "nn/kernels/kernel_table.hpp"
#include "nn/kernels/multiply.hpp"
#include "nn/kernels/threads.hpp"

namespace treino::nn {

/// The fastest table that this processor can run and ONEDNN_MAX_CPU_ISA permits.
const Kernels& kernels();

/// All tables that this processor can run, slowest first; nullptr ends the list.
const Kernels* const* runnable_kernels();

/// Numbers below 1.2e-38 count as zero on this thread until the end of the scope, and for good on threads that it starts until
/// then: on those of the pool, where this comes before the first ThreadScope. Rationale: the momentum of a weight whose
/// gradient has become zero shrinks to such numbers, stays there by rounding, and makes every later step several times slower.
class FlushScope {
 public:
  FlushScope();
  ~FlushScope();
  FlushScope(const FlushScope&) = delete;
  FlushScope& operator=(const FlushScope&) = delete;

 private:
  unsigned before_;
};

}  // namespace treino::nn
