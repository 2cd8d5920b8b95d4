// Bytes as people compare them.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace treino::base {

/// Returns two lower-case digits per byte.
inline std::string in_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace treino::base
