// OpenSSL's SHA-256, by the entry that starts fastest: a run hashes each plugin it loads.
#include "base/sha256.hpp"

// Rationale: the call that OpenSSL 3 prefers fetches the algorithm from a provider and reads the machine's configuration to do
// so, which takes longer than hashing the plugins of a run. These three are the same code without that; OPENSSL_API_COMPAT in
// CMakeLists.txt says that they are wanted.
#include <openssl/sha.h>

#include "base/hexadecimal.hpp"

namespace treino::base {

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256_Init(&state_->context); }
Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) { SHA256_Update(&state_->context, bytes.data(), bytes.size()); }

std::string Sha256::digest() {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256_Final(digest, &state_->context);
  return in_hex(digest);
}

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.digest();
}

}  // namespace treino::base
