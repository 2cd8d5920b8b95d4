// What belongs to the whole process, so that only the program may have it and a library must not unasked: the signals that ask it to
// end, the sentence with which it ends where a plugin crashes, and the processors that its threads run on.
#pragma once
#include "library/process/crash_report.hpp"
#include "library/process/signals.hpp"
#include "nn/kernels/threads.hpp"

namespace treino::library {

class ProcessState {
 public:
  /// Before any other thread is started; one at a time. Throws base::InputError where there is one already.
  ProcessState();
  ProcessState(const ProcessState&) = delete;
  ProcessState& operator=(const ProcessState&) = delete;
  ~ProcessState();

  /// The process's; null where the program has left it to itself.
  static ProcessState* current();
  Signals& signals() { return signals_; }

 private:
  /// Throws before anything of the process is touched.
  struct Ownership {
    Ownership();
    ~Ownership();
  };
  const Ownership ownership_;
  Signals signals_;
  const nn::ThreadPlacement placement_;
};

}  // namespace treino::library
