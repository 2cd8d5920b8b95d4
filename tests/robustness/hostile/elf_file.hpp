// Where things stand in an ELF file that is known to be good.
#pragma once
#include <elf.h>

#include <cstring>
#include <stdexcept>

#include "robustness/hostile/file.hpp"

namespace treino::test {

template <class T>
T at(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Where the first segment header of a type stands.
inline std::size_t segment(const std::string& bytes, std::uint32_t type) {
  const auto header = at<Elf64_Ehdr>(bytes, 0);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const std::size_t offset = header.e_phoff + i * sizeof(Elf64_Phdr);
    if (at<Elf64_Phdr>(bytes, offset).p_type == type) return offset;
  }
  throw std::runtime_error("no such segment");
}

/// Where the entry of the dynamic section with this tag stands.
inline std::size_t dynamic_entry(const std::string& bytes, std::int64_t tag) {
  std::size_t offset = at<Elf64_Phdr>(bytes, segment(bytes, PT_DYNAMIC)).p_offset;
  while (at<Elf64_Dyn>(bytes, offset).d_tag != tag) offset += sizeof(Elf64_Dyn);
  return offset;
}

/// Where the file holds an address; the first pages of a library lie where their addresses say.
inline std::size_t dynamic_table(const std::string& bytes, std::int64_t tag) {
  return at<Elf64_Dyn>(bytes, dynamic_entry(bytes, tag)).d_un.d_ptr;
}

}  // namespace treino::test
