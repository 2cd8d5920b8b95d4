// A run that ends when its process is asked to.
#pragma once
#include "library/folder_run.hpp"
#include "library/process/process_state.hpp"
#include "library/run_options.hpp"
#include "library/training.hpp"

namespace treino::library {

/// While it lives, signals end the run wherever the process is Treino's (see process.h). For the thread that trains. All that it is given outlives it.
class WatchedRun {
 public:
  WatchedRun(FolderRun& run, Training& training, train::Interrupt& interrupt, const RunOptions& options);

 private:
  const RunUnderWay under_way_;
  const Signals::Watch watch_;
};

}  // namespace treino::library
