// OpenSSL's HMAC: a message's authenticity is no place for code of our own.
#include "base/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

#include "base/hexadecimal.hpp"

namespace treino::base {

std::string hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> text) {
  std::array<unsigned char, 32> code{};
  unsigned int size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), code.data(), &size) == nullptr)
    throw std::runtime_error("HMAC-SHA256 cannot be computed: OpenSSL refuses");
  return in_hex(std::span(code.data(), size));
}

}  // namespace treino::base
