// The hooks that Lua code can hang on: a name for each event.
#pragma once
#include <treino/abi.h>

#include <array>
#include <cstdint>
#include <iterator>
#include <string>

namespace lambda {

struct Hook {
  std::uint32_t event;
  const char* name;
};
#define TREINO_LUA_HOOK(NAME, name, number) Hook{number, "on_" #name},
inline constexpr auto hooks = [] {
  constexpr Hook all[] = {TREINO_EACH_EVENT(TREINO_LUA_HOOK)};
  std::array<Hook, std::size(all) - 1> kept{};
  std::size_t count = 0;
  for (const Hook& hook : all)
    if (hook.event != TREINO_CHECKPOINT_SAVED) kept[count++] = hook;  // goes to who asked for a file, which Lua cannot
  return kept;
}();
#undef TREINO_LUA_HOOK

/// Returns null where there is no hook of that name.
const Hook* find_hook(const char* name) noexcept;
/// Returns the name of the event's hook; "" where it has none.
const char* name_of(std::uint32_t event) noexcept;
/// Returns the hook's name that `name` was probably meant to be.
std::string nearest_hook(const std::string& name);

}  // namespace lambda
