// How often: what a parameter such as save_freq says, "epoch" or a number of steps.
#pragma once
#include <cstdint>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// 0 for "epoch", else the number of steps. In the description the parameter has type = "string", or = "int",
/// choices = ["epoch"] and min = 1.
inline std::uint64_t steps_between(const Setup& setup, const char* parameter = "save_freq") {
  return setup.is_integer(parameter) ? setup.get<std::uint64_t>(parameter) : 0;
}

}  // namespace sdk0
}  // namespace treino
