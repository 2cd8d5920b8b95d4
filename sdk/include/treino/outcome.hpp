// How a run ended, or that it has not.
#pragma once
#include <treino/abi/callback.h>

#include <cstdint>

namespace treino {
inline namespace sdk0 {

enum class Outcome : std::uint32_t {
  running = TREINO_RUNNING,
  done = TREINO_DONE,
  early_stopped = TREINO_EARLY_STOPPED,
  interrupted = TREINO_INTERRUPTED,
  diverged = TREINO_DIVERGED,
  failed = TREINO_RUN_FAILED
};

}  // namespace sdk0
}  // namespace treino
