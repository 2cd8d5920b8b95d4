// A request from outside to end the run. Whoever takes the process's signals (the program) makes it, from a thread of its own;
// the loop looks at it between batches.
#pragma once
#include <atomic>
#include <string>

namespace treino::train {

class Interrupt {
 public:
  /// In place of a signal: a program that holds the run asks for its end.
  static constexpr int by_program = -1;
  /// The run's max_time is over.
  static constexpr int by_time = -2;
  /// The first request stays. From any thread, and from signal handlers.
  void request(int signal) {
    int none = 0;
    signal_.compare_exchange_strong(none, signal);
  }
  /// The signal that was received, 0 for none.
  int received() const { return signal_.load(std::memory_order_relaxed); }
  /// What the user knows it as: "Ctrl-C", "SIGTERM".
  static std::string name(int signal);

 private:
  std::atomic<int> signal_{0};
};

}  // namespace treino::train
