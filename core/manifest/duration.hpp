// Lengths of time as people write them.
#pragma once
#include <optional>
#include <string_view>

namespace treino::manifest {

/// Seconds of "90 s", "30 min", "1.5 h" or "2 d"; nothing where it is none, or not above 0.
std::optional<double> seconds_of(std::string_view text);

}  // namespace treino::manifest
