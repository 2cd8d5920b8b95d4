// Room for large arrays, in huge pages where the system has them: a page fault for every 4 KiB costs more than reading a file's
// bytes, and rows in random order miss a small page's address each.
#pragma once
#include <cstddef>
#include <vector>

namespace treino::data {

/// Asks for huge pages for what is in this memory, page by page; refused, it only is slower.
void prefer_huge_pages(void* memory, std::size_t bytes);

template <class Value>
void reserve_large(std::vector<Value>& values, std::size_t count) {
  if (count <= values.capacity()) return;
  values.reserve(count);
  prefer_huge_pages(values.data(), values.capacity() * sizeof(Value));
}

}  // namespace treino::data
