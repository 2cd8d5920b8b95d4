// From the bytes of a library to what the host needs to know of it.
#pragma once
#include <cstddef>
#include <span>

#include "host/library/candidate.hpp"

namespace treino::host {

/// Fills descriptions, texts, versions and, where the library cannot be used, the refusal. candidate.path names it in the texts.
/// Any bytes may come: never throws but without memory.
void inspect_bytes(std::span<const std::byte> bytes, Candidate& candidate);

}  // namespace treino::host
