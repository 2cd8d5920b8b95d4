// What belongs to the whole process, so that only the program may have it and a library must not: the signals that ask it to end,
// the sentence with which it ends where a plugin crashes, and the processors that its threads run on.
#pragma once
#include "cli/crash_report.hpp"
#include "cli/signals.hpp"
#include "nn/kernels/threads.hpp"

namespace treino::cli {

/// Before any other thread is started; one at a time.
class ProcessState {
 public:
  Signals& signals() { return signals_; }

 private:
  Signals signals_;
  const RunUnderWay under_way_;
  const nn::ThreadPlacement placement_;
};

}  // namespace treino::cli
