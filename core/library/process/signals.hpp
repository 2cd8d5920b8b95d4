// The signals that ask the process to end: Ctrl-C (SIGINT), SIGTERM, SIGHUP, SIGXCPU.
//
// Rationale for a thread of their own: oneDNN's sgemm keeps its stack pointer inside a heap buffer while it works, and a handler
// that interrupts it writes its frame there. So no handler is installed at all: the signals are blocked in every thread and taken
// by one that computes nothing.
#pragma once
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "host/library/call_place.hpp"
#include "train/run/interrupt.hpp"

namespace treino::library {

/// State of the whole process: one at a time, made before any other thread, since these inherit what is blocked. Processes that
/// are forked get the signals back; those made by posix_spawn, as system() and popen() do, do not.
class Signals {
  using Clock = std::chrono::steady_clock;

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

 private:
  /// A run, and what its thread was last seen doing.
  struct Watched {
    Run run;
    std::uint64_t call = 0;
    Clock::time_point seen_at;
  };

 public:
  /// While one lives, the first signal is a request to its run (to all, where there are several), and SIGINT or SIGTERM after it
  /// end the process at once. Without one every signal does. Signals may come and go meanwhile: what is watched belongs to the
  /// process.
  class Watch {
   public:
    explicit Watch(Run run);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    std::list<Watched>::iterator at_;
  };

 private:
  void loop();
  void take(int signal);
  void look_at_calls();
  void look_at_call(Watched& run, Clock::time_point now);
  void end_with(const Run& run, std::uint64_t call, const std::string& what);
  int patience();
  [[noreturn]] static void die_of(int signal);

  sigset_t taken_;
  int signals_ = -1, wake_ = -1;
  std::thread thread_;

  static std::mutex mutex_;  // of what follows
  static std::list<Watched> runs_;
  static int requested_;
  static Clock::time_point requested_at_;
};

}  // namespace treino::library
