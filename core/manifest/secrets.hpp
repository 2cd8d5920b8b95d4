// What is said of values that came out of ${...}.
#pragma once
#include <string>

#include "manifest/manifest.hpp"

namespace treino::manifest {

/// The text, in which each value of the manifest that came out of ${...} is as the manifest has it: what readers of files say of a
/// path must not show what it was built from.
std::string without_secrets(std::string text, const Manifest& manifest);

}  // namespace treino::manifest
