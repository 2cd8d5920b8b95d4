// Events by the names that descriptions and messages give them.
#pragma once
#include <string_view>

namespace treino::host {

/// Bits of treino_callback::events by name ("epoch_end"), and back. -1 / nullptr where unknown.
int event_number(std::string_view name);
const char* event_name(unsigned event);

}  // namespace treino::host
