// How much memory there is.
#pragma once
#include <cstdint>

namespace treino::base {

/// Bytes that this process could still take without others being put out to disk: what the system has to spare, within the limit of the
/// process's address space (ulimit -v). Limits of control groups are not looked at, since what they count as used is caches too.
std::uint64_t available_memory();

}  // namespace treino::base
