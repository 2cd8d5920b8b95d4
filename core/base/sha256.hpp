// SHA-256 (FIPS 180-4): tells which bytes were meant, also against malice.
#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace treino::base {

/// 64 lower-case hex digits.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace treino::base
