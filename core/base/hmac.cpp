// RFC 2104 in its two hashes, by OpenSSL's SHA-256.
#include "base/hmac.hpp"

// Rationale: OpenSSL 3's HMAC fetches its algorithm from a provider and reads the machine's configuration to do so, which takes a
// tenth of a short run's start. These are the same hashes without that (see sha256.cpp).
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/hexadecimal.hpp"

namespace treino::base {

namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;
using Block = std::array<unsigned char, SHA256_CBLOCK>;

Digest hash(std::span<const unsigned char> first, std::span<const std::byte> then) {
  SHA256_CTX context;
  Digest digest;
  SHA256_Init(&context);
  SHA256_Update(&context, first.data(), first.size());
  SHA256_Update(&context, then.data(), then.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

Block with_every(Block block, unsigned char mask) {
  for (unsigned char& byte : block) byte = static_cast<unsigned char>(byte ^ mask);
  return block;
}

}  // namespace

std::string hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> text) {
  Block padded{};
  if (key.size() > padded.size()) {
    const Digest shorter = hash({}, key);
    std::copy(shorter.begin(), shorter.end(), padded.begin());
  } else {
    std::transform(key.begin(), key.end(), padded.begin(), [](std::byte byte) { return static_cast<unsigned char>(byte); });
  }
  const Digest inner = hash(with_every(padded, 0x36), text);
  return in_hex(hash(with_every(padded, 0x5c), std::as_bytes(std::span(inner))));
}

}  // namespace treino::base
