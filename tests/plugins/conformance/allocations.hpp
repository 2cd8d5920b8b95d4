// Counts requests for memory, of the plugin's and of everybody's.
#pragma once
#include <cstddef>
#include <cstdint>

namespace treino::conformance {

/// malloc, calloc, realloc, aligned_alloc, posix_memalign and operator new of this thread, so far.
std::uint64_t allocations();

/// This thread gets no block of more than so many bytes from now on. Without effect under sanitizers.
void refuse_allocations_above(std::size_t bytes);

}  // namespace treino::conformance
