// What a case says of a refusal has to be the reason, and not the name of a parameter that the plugin does not even have.
#pragma once
#include <string>

#include "support/catch.hpp"

namespace treino::conformance {

/// Checks that `said` holds `expected`, and that nothing was refused for being unknown unless the case says so.
inline void check_reason(const std::string& said, const std::string& expected) {
  CHECK_THAT(said, ContainsSubstring(expected));
  if (expected.find("has no parameter") == std::string::npos) CHECK_THAT(said, !ContainsSubstring("has no parameter"));
}

}  // namespace treino::conformance
