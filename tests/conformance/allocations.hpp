// Counts requests for memory, of the plugin's and of everybody's.
#pragma once
#include <cstdint>

namespace treino::conformance {

/// malloc, calloc, realloc, aligned_alloc, posix_memalign and operator new of this thread, so far.
std::uint64_t allocations();

}  // namespace treino::conformance
