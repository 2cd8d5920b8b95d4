// How a run ended.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "train/best_epoch.hpp"

namespace treino::train {

struct Result {
  std::uint32_t outcome = TREINO_DONE;  // TREINO_DONE ... TREINO_RUN_FAILED
  std::string reason;
  NamedScalars scalars;  // the last of each
  std::optional<BestEpoch> best;
  NamedScalars last;         // loss and metrics of the last epoch; empty where the run ended within one
  std::uint64_t epochs = 0;  // that were ended
  bool trained = true;       // the weights are worth keeping, although what came afterwards may have failed

  bool is_success() const { return outcome == TREINO_DONE || outcome == TREINO_EARLY_STOPPED; }
};

}  // namespace treino::train
