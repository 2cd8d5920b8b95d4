// What belongs to the whole process, so that only the program may have it and a library must not unasked: the signals that ask it to
// end, the sentence with which it ends where a plugin crashes, and the processors that its threads run on.
#pragma once
#include <csignal>

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

 private:
  /// Throws before anything of the process is touched.
  struct Ownership {
    Ownership();
    ~Ownership();
  };
  /// A closed pipe and a file that reaches `ulimit -f` are errors of write(), and no reason to lose a run.
  class Ignored {
   public:
    explicit Ignored(int signal);
    Ignored(const Ignored&) = delete;
    Ignored& operator=(const Ignored&) = delete;
    ~Ignored();

   private:
    const int signal_;
    void (*const before_)(int);
  };
  const Ownership ownership_;
  const Ignored pipe_{SIGPIPE}, limit_{SIGXFSZ};
  Signals signals_;
  const nn::ThreadPlacement placement_;
};

}  // namespace treino::library
