#include "nn/buffer.hpp"

#include <sys/mman.h>

#include <new>

namespace treino::nn {
namespace {

constexpr std::size_t cache_line = 64, huge_page = std::size_t{2} << 20;

std::size_t alignment_of(std::size_t bytes) { return bytes >= 2 * huge_page ? huge_page : cache_line; }

}  // namespace

// Rationale: a step through a matrix with wide rows touches a new page at every row, and a processor remembers few small ones.
void* allocate_aligned(std::size_t bytes) {
  const std::size_t alignment = alignment_of(bytes);
  const std::size_t size = (bytes + alignment - 1) / alignment * alignment;
  void* memory = ::operator new (size, std::align_val_t{alignment});
#ifdef MADV_HUGEPAGE
  // Refused, it only is slower. Whole pages only: of the last one, most might be for nothing.
  if (alignment == huge_page) madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return memory;
}

void release_aligned(void* memory, std::size_t bytes) { ::operator delete (memory, std::align_val_t{alignment_of(bytes)}); }

}  // namespace treino::nn
