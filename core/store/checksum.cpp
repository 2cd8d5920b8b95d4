// xxHash within a value type, so that its header stays in this file.
#include "store/checksum.hpp"

#include <xxhash.h>

#include <new>

#include "base/hexadecimal.hpp"

namespace treino::store {
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
  return base::in_hex(canonical.digest);
}

}  // namespace treino::store
