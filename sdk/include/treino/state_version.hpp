// For plugins whose saved state has had another layout: what an older build wrote is refused, not read as something else.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace treino {
inline namespace sdk0 {

/// At the beginning of load(). Throws where the state was written in another version than `own`, the description's state_version.
inline void expect_state_version(std::uint32_t version, std::uint32_t own) {
  if (version == own) return;
  throw std::runtime_error("the saved state is of version " + std::to_string(version) + " and was written by " +
                           (version < own ? "an older" : "a newer") + " build; this one reads version " + std::to_string(own) +
                           " alone: continue with that build, or begin again (treino resume --restart)");
}

}  // namespace sdk0
}  // namespace treino
