// How often: what a parameter such as save_freq says, "epoch" or a number of steps.
#pragma once
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace treino {
inline namespace sdk0 {

/// 0 for "epoch", else the number of steps in `text`. Throws std::invalid_argument naming `parameter` where it is neither.
inline std::uint64_t steps_between(const std::string& text, const char* parameter = "save_freq") {
  if (text == "epoch") return 0;
  std::uint64_t steps = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, steps);
  if (result.ec != std::errc() || result.ptr != end || steps == 0)
    throw std::invalid_argument(std::string(parameter) + " must be \"epoch\" or a number of steps such as \"500\", not \"" +
                                text + "\"");
  return steps;
}

}  // namespace sdk0
}  // namespace treino
