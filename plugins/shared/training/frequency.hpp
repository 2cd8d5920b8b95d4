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

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_SAVE_FREQ_TOML).
#define TREINO_SAVE_FREQ_TOML \
  "\n"                        \
  "[parameters.save_freq]\n"  \
  "type = \"string\"\n"       \
  "or = \"int\"\n"            \
  "default = \"epoch\"\n"     \
  "choices = [\"epoch\"]\n"   \
  "min = 1\n"                 \
  "doc = \"\\\"epoch\\\", or a number of steps\"\n"
#define TREINO_ASYNC_CHECKPOINT_TOML \
  "\n"                               \
  "[parameters.async_checkpoint]\n"  \
  "type = \"bool\"\n"                \
  "default = true\n"                 \
  "doc = \"let a thread write while training continues\"\n"
