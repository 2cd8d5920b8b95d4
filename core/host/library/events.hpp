// The contract's events as an enumeration, and by the names that descriptions and messages give them.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace treino::host {

#define TREINO_EVENT(NAME, name, number) name = TREINO_##NAME,
enum class Event : std::uint32_t { TREINO_EACH_EVENT(TREINO_EVENT) };
#undef TREINO_EVENT

/// Every begin is followed by its end.
constexpr Event end_of(Event begin) { return static_cast<Event>(static_cast<std::uint32_t>(begin) + 1); }

/// Its bit in treino_callback::events.
constexpr std::uint64_t bit(Event event) { return std::uint64_t{1} << static_cast<std::uint32_t>(event); }

struct NamedEvent {
  std::string_view name;  // "epoch_end"
  unsigned number;
};

/// All of them, in the order of the contract's list.
std::span<const NamedEvent> events();

/// -1 / nullptr where unknown.
int event_number(std::string_view name);
const char* event_name(unsigned number);
const char* event_name(Event event);

}  // namespace treino::host
