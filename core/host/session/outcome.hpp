// How a run ended, or that it has not: the contract's outcomes as an enumeration.
#pragma once
#include <treino/abi.h>

#include <cstdint>

namespace treino::host {

#define TREINO_OUTCOME(NAME, name, number) name = TREINO_##NAME,
enum class Outcome : std::uint32_t { TREINO_EACH_OUTCOME(TREINO_OUTCOME) };
#undef TREINO_OUTCOME

/// "early_stopped". `outcome` is one of the list.
constexpr const char* name_of(Outcome outcome) {
#define TREINO_OUTCOME_NAME(NAME, name, number) #name,
  constexpr const char* names[] = {TREINO_EACH_OUTCOME(TREINO_OUTCOME_NAME)};
#undef TREINO_OUTCOME_NAME
  return names[static_cast<std::uint32_t>(outcome)];
}

}  // namespace treino::host
