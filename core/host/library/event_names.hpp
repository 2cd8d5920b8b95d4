// Events by the names that descriptions and messages give them.
#pragma once
#include <span>
#include <string_view>

namespace treino::host {

struct Event {
  std::string_view name;  // "epoch_end"
  unsigned number;        // its bit in treino_callback::events
};

/// All of them, in the order of the contract's list.
std::span<const Event> events();

/// -1 / nullptr where unknown.
int event_number(std::string_view name);
const char* event_name(unsigned number);

}  // namespace treino::host
