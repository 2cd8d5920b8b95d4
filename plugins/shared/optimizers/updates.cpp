// Chooses as treino/kit/vector_loops.hpp does, and keeps to the instruction set that ONEDNN_MAX_CPU_ISA permits the whole program.
#include "shared/optimizers/updates.hpp"

#include <strings.h>

#include <cstdlib>
#include <treino/kit/vector_loops.hpp>

namespace treino::optimizers {

extern const UpdateLoops baseline_updates;
#if defined(__x86_64__)
extern const UpdateLoops avx2_updates;
extern const UpdateLoops avx512_updates;
#endif

const UpdateLoops* const* runnable_update_loops() {
#if defined(__x86_64__)
  static const UpdateLoops* const all[] = {&baseline_updates, &avx2_updates, &avx512_updates, nullptr};
  static const UpdateLoops* const narrower[] = {&baseline_updates, &avx2_updates, nullptr};
  if (detail::widest_vectors() == detail::Vectors::avx512) return all;
  if (detail::widest_vectors() == detail::Vectors::avx2) return narrower;
#endif
  static const UpdateLoops* const least[] = {&baseline_updates, nullptr};
  return least;
}

namespace {

/// How many of the loops above are permitted: "AVX512_CORE" permits all three, "AVX2" two, "SSE41" and "AVX" the first.
int permitted() {
  const char* set = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (set == nullptr) set = std::getenv("DNNL_MAX_CPU_ISA");
  if (set == nullptr) return 3;
  if (strcasecmp(set, "SSE41") == 0 || strcasecmp(set, "AVX") == 0) return 1;
  return strncasecmp(set, "AVX2", 4) == 0 ? 2 : 3;
}

}  // namespace

const UpdateLoops& update_loops() {
  static const UpdateLoops* const widest = [] {
    const UpdateLoops* const* loops = runnable_update_loops();
    for (int more = permitted(); more > 1 && loops[1] != nullptr; --more) ++loops;
    return *loops;
  }();
  return *widest;
}

}  // namespace treino::optimizers
