// Memory on cache lines and huge pages, of zeros at no cost.
#include "nn/memory/buffer.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace treino::nn {
namespace {

constexpr std::size_t cache_line = 64, huge_page = std::size_t{2} << 20;

std::size_t alignment_of(std::size_t bytes) { return bytes >= 2 * huge_page ? huge_page : cache_line; }
std::size_t whole_lines(std::size_t bytes) {
  return (bytes + alignment_of(bytes) - 1) / alignment_of(bytes) * alignment_of(bytes);
}

}  // namespace

// Rationale: a step through a matrix with wide rows touches a new page at every row, and a processor remembers few small ones.
void* allocate_aligned(std::size_t bytes) {
  const std::size_t alignment = alignment_of(bytes);
  void* memory = ::operator new (whole_lines(bytes), std::align_val_t{alignment});
#ifdef MADV_HUGEPAGE
  // Refused, it only is slower. Whole pages only: of the last one, most might be for nothing.
  if (alignment == huge_page) madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return memory;
}

// Rationale: a model that only predicts has gradients and an optimizer's state too, and never touches them.
void* allocate_zeroed(std::size_t bytes) {
  void* memory = allocate_aligned(bytes);
  const bool whole_pages = alignment_of(bytes) == huge_page;
  // Pages given back read as zeros the next time.
  if (!whole_pages || madvise(memory, whole_lines(bytes), MADV_DONTNEED) != 0) std::memset(memory, 0, bytes);
  return memory;
}

void release_aligned(void* memory, std::size_t bytes) { ::operator delete (memory, std::align_val_t{alignment_of(bytes)}); }

}  // namespace treino::nn
