// Numbers out of a file's bytes, which need not be aligned.
#pragma once
#include <cstring>
#include <type_traits>

#include "host/library/elf_reader.hpp"

namespace treino::host {

/// The T at `offset`; throws FormatError where it would reach beyond the end.
template <class T>
T read_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) throw FormatError("has damaged headers: a table is cut short");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace treino::host
