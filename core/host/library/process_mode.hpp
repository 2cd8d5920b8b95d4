// What belongs to the whole process, or to the thread that calls plugins, and which they have to leave as it is: the signal mask,
// the handlers of the signals that the program depends on, the umask, the working folder. Looking costs system calls, so it is
// done seldom: see Session.
#pragma once
#include <signal.h>
#include <sys/types.h>

#include <array>
#include <string>

namespace treino::host {

class ProcessMode {
 public:
  /// As it is now.
  ProcessMode();
  ProcessMode(const ProcessMode&) = delete;
  ProcessMode& operator=(const ProcessMode&) = delete;
  ~ProcessMode();
  /// Restores what differs, and names it: "the signal mask, the working folder"; "" where nothing does.
  std::string restore() const;

 private:
  static constexpr std::array<int, 6> signals_{SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGPIPE, SIGXFSZ};

  sigset_t mask_;
  std::array<struct sigaction, signals_.size()> handlers_;
  int umask_;  // below 0: unknown
  int folder_;
  dev_t device_ = 0;
  ino_t file_ = 0;
};

}  // namespace treino::host
