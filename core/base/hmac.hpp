// HMAC-SHA256 (RFC 2104): tells that a text was written by who has the key.
#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace treino::base {

/// 64 lower-case hex digits.
std::string hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> text);

}  // namespace treino::base
