// The signals that ask the program to end: Ctrl-C (SIGINT), SIGTERM, SIGHUP, SIGXCPU.
//
// Rationale for a thread of their own: oneDNN's sgemm keeps its stack pointer inside a heap buffer while it works, and a handler
// that interrupts it writes its frame there. So no handler is installed at all: the signals are blocked in every thread and taken
// by one that computes nothing.
#pragma once
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "host/library/call_place.hpp"
#include "train/run/interrupt.hpp"

namespace treino::cli {

/// State of the whole process: one at a time, made before any other thread, since these inherit what is blocked. Processes that
/// are forked get the signals back; those made by posix_spawn, as system() and popen() do, do not.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  struct Run {
    train::Interrupt& interrupt;
    const host::CallPlace& place;  // of the thread that trains
    double stop_timeout;           // seconds that a plugin may take to return after a request
    /// Called on a thread of its own where a plugin does not return. `what` names it; held_up() is false once it has returned.
    std::function<void(const std::string& what, const std::function<bool()>& held_up)> give_up;
  };
  /// While it lives, the first signal is a request to the run, and SIGINT or SIGTERM after it end the process at once. Outside of
  /// it every signal does.
  class Watch {
   public:
    Watch(Signals& signals, Run run);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    Signals& signals_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  void loop();
  void take(int signal);
  void look_at_call();
  void end_with(const std::string& what);
  [[noreturn]] static void die_of(int signal);

  sigset_t taken_;
  int signals_ = -1, wake_ = -1;
  std::mutex mutex_;
  std::optional<Run> run_;
  int requested_ = 0;
  Clock::time_point requested_at_, call_seen_at_;
  std::uint64_t call_seen_ = 0;
  std::thread thread_;
};

}  // namespace treino::cli
