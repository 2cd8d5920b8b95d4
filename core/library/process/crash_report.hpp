// Last words: where a plugin crashes or calls exit(), the process ends with a sentence that names it.
#pragma once

namespace treino::library {

/// SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are reported on standard error and then take their usual course (a core dump, 128
/// + n). exit() within a plugin's call, or in any thread during a run, is reported and ends the process with exit code 1. For the
/// thread that calls plugins; again does nothing.
void install_crash_report();

/// While it lives, a run is under way.
class RunUnderWay {
 public:
  RunUnderWay();
  RunUnderWay(const RunUnderWay&) = delete;
  RunUnderWay& operator=(const RunUnderWay&) = delete;
  ~RunUnderWay();
};

}  // namespace treino::library
