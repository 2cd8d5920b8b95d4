// Hooks by name and by event.
#include "hooks.hpp"

#include <cstring>
#include <treino/kit/text.hpp>
#include <vector>

namespace lambda {
const Hook* find_hook(const char* name) noexcept {
  for (const Hook& hook : hooks)
    if (std::strcmp(hook.name, name) == 0) return &hook;
  return nullptr;
}

const char* name_of(std::uint32_t event) noexcept {
  for (const Hook& hook : hooks)
    if (hook.event == event) return hook.name;
  return "";
}

std::string nearest_hook(const std::string& name) {
  std::vector<std::string> names;
  for (const Hook& hook : hooks) names.emplace_back(hook.name);
  return treino::nearest_name(name, names);
}

}  // namespace lambda
