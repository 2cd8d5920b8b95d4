// When a run is validated: [run] validate_every and validate_first.
#pragma once
#include <chrono>

#include "manifest/cadence.hpp"

namespace treino::train {

class Run;

class ValidationSchedule {
 public:
  /// `run` outlives this.
  explicit ValidationSchedule(const Run& run) : run_(run) {}

  /// Before the first step.
  bool is_due_first() const;
  /// After a batch has been trained: within the epoch, at the end of a step.
  bool is_due_within_epoch() const;
  /// After all batches of the epoch have been trained.
  bool is_due_after_epoch() const;
  /// By the clock: after each validation.
  void begin_again();
  /// By the clock of this process; all processes go by that of rank 0, told at safe points: the validation comes with the next step.
  bool is_time_over() const;
  void tell_time_is_over() { time_is_over_ = true; }

 private:
  using Clock = std::chrono::steady_clock;
  bool is_due() const;

  const Run& run_;
  Clock::time_point validated_ = Clock::now();
  bool time_is_over_ = false;
};

}  // namespace treino::train
