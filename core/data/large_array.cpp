// madvise for the whole huge pages within a block of memory.
#include "data/large_array.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace treino::data {

void prefer_huge_pages(void* memory, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t huge_page = std::uintptr_t{2} << 20;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t begin = (address + huge_page - 1) / huge_page * huge_page, end = (address + bytes) / huge_page * huge_page;
  // Whole huge pages only: the memory around belongs to others.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace treino::data
