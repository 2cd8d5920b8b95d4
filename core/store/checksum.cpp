#include "store/checksum.hpp"

#include <openssl/sha.h>
#include <xxhash.h>

#include <new>

#include "store/safetensors.hpp"

namespace treino::store {
namespace {

std::string in_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace

void Checksum::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

Checksum::Checksum() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset(state_.get());
}

void Checksum::add(std::span<const std::byte> bytes) { XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()); }

void Checksum::add(std::string_view text) { add(std::as_bytes(std::span(text))); }

std::string Checksum::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
  return in_hex(canonical.digest);
}

std::string sha256(std::span<const std::byte> bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  if (SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest) == nullptr) {
    throw StoreError("SHA-256: OpenSSL does not offer it");
  }
  return in_hex(digest);
}

}  // namespace treino::store
