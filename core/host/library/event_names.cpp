// Made from the contract's list of events, so that no name is written twice.
#include "host/library/event_names.hpp"

#include <treino/abi.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace treino::host {
namespace {

// By number, as the descriptions spell them; nullptr where there is no event of that number.
constexpr std::array<const char*, TREINO_EVENT_COUNT> names = [] {
  std::array<const char*, TREINO_EVENT_COUNT> all{};
#define NAME(NUMBER_NAME, name, number) all[number] = #name;
  TREINO_EACH_EVENT(NAME)
#undef NAME
  return all;
}();

}  // namespace

int event_number(std::string_view name) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const char* one) { return one != nullptr && name == one; });
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

const char* event_name(unsigned event) { return event < names.size() ? names[event] : nullptr; }

}  // namespace treino::host
