// Made from the contract's list of events, so that no name and no number is written twice.
#include "host/library/events.hpp"

#include <array>

namespace treino::host {
namespace {

#define LISTED(NAME, name, number) NamedEvent{#name, number},
constexpr NamedEvent listed[] = {TREINO_EACH_EVENT(LISTED)};
#undef LISTED

// By number; nullptr where there is no event of that number. Looked into at each event.
constexpr auto names_by_number = [] {
  std::array<const char*, TREINO_EVENT_COUNT> all{};
  for (const NamedEvent& event : listed) all[event.number] = event.name.data();
  return all;
}();

}  // namespace

std::span<const NamedEvent> events() { return listed; }

int event_number(std::string_view name) {
  for (const NamedEvent& event : listed)
    if (event.name == name) return static_cast<int>(event.number);
  return -1;
}

const char* event_name(unsigned number) { return number < names_by_number.size() ? names_by_number[number] : nullptr; }

const char* event_name(Event event) { return event_name(static_cast<unsigned>(event)); }

}  // namespace treino::host
