// Texts that differ in one place from what a test begins with.
#pragma once
#include <string>

#include "support/catch.hpp"

namespace treino::test {

/// The first `from`, which is there, made `to`.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  INFO("looked for: " << from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace treino::test
