// How a run ended, or that it has not.
#pragma once
#include <treino/abi/callback.h>

#include <cstdint>

namespace treino {
inline namespace sdk0 {

#define TREINO_OUTCOME(NAME, name, number) name = TREINO_##NAME,
enum class Outcome : std::uint32_t { TREINO_EACH_OUTCOME(TREINO_OUTCOME) };
#undef TREINO_OUTCOME

/// "early_stopped"; what a newer host calls otherwise has failed.
inline const char* name_of(Outcome outcome) {
#define TREINO_OUTCOME_NAME(NAME, name, number) #name,
  constexpr const char* names[] = {TREINO_EACH_OUTCOME(TREINO_OUTCOME_NAME)};
#undef TREINO_OUTCOME_NAME
  const auto number = static_cast<std::uint32_t>(outcome);
  return names[number < TREINO_OUTCOME_COUNT ? number : std::uint32_t{TREINO_RUN_FAILED}];
}

}  // namespace sdk0
}  // namespace treino
