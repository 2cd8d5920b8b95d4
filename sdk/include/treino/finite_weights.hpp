// Weights that are NaN or infinite: never worth keeping, and never to be averaged with others.
#pragma once
#include <treino/host.hpp>
#include <treino/weight_loops.hpp>

namespace treino {
inline namespace sdk0 {

/// Returns the first parameter that is NaN or infinite in the set of this name, or, where that is "", in the model; empty where all are
/// finite.
inline std::optional<std::uint32_t> damaged_parameter(const Host& host, const std::string& set = "") {
  const auto found = set.empty() ? std::nullopt : std::optional(host.find_weights(set));
  for (std::uint32_t i = 0; i < host.parameter_count(); ++i)
    if (!all_finite(found ? host.weights(*found, i) : host.parameter(i))) return i;
  return std::nullopt;
}

}  // namespace sdk0
}  // namespace treino
