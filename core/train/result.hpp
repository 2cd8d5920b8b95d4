// How a run ended.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "host/session/outcome.hpp"
#include "train/best_epoch.hpp"

namespace treino::train {

struct Result {
  host::Outcome outcome = host::Outcome::done;
  std::string reason;
  NamedScalars scalars;  // the last of each
  std::optional<BestEpoch> best;
  NamedScalars last;         // loss and metrics of the last epoch; empty where the run ended within one
  std::uint64_t epochs = 0;  // that were ended
  bool trained = true;       // the weights are worth keeping, although what came afterwards may have failed

  bool is_success() const { return outcome == host::Outcome::done || outcome == host::Outcome::early_stopped; }
};

}  // namespace treino::train
