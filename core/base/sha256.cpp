// OpenSSL's SHA-256, by the entry that starts fastest: a run hashes each plugin it loads.
#include "base/sha256.hpp"

// Rationale: the call that OpenSSL 3 prefers fetches the algorithm from a provider and reads the machine's configuration to do
// so, which takes longer than hashing the plugins of a run. These three are the same code without that; OPENSSL_API_COMPAT in
// CMakeLists.txt says that they are wanted.
#include <openssl/sha.h>

#include "base/hexadecimal.hpp"

namespace treino::base {

std::string sha256(std::span<const std::byte> bytes) {
  SHA256_CTX context;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest, &context);
  return in_hex(digest);
}

}  // namespace treino::base
