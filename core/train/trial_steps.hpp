// Work on the training data that is no training: steps that are taken back, and running statistics measured again.
#pragma once
#include <atomic>
#include <cstdint>

#include "host/session/session.hpp"

namespace treino::train {

class Run;

class TrialSteps {
 public:
  /// `run` outlives this.
  explicit TrialSteps(Run& run) : run_(run) {}

  /// See treino_control. Whatever happens, weights, optimizer and running statistics are afterwards what they were before. Throws
  /// std::logic_error during a batch or a pass, std::invalid_argument for a learning rate that is none, std::runtime_error where
  /// the run is interrupted.
  void run(std::uint64_t steps, host::Backend::Next next, void* context);
  /// Measures the running statistics of the model's layers again. False where no layer has any.
  bool estimate_statistics();

  /// Whether the model holds weights that will be taken back. From any thread.
  bool is_under_way() const { return under_way_; }
  /// Whether a trial was ended by a signal: what half a trial finds must not steer the run.
  bool was_interrupted() const { return interrupted_; }

 private:
  void check_allowed(const char* fault, const char* without_data) const;

  Run& run_;
  std::atomic<bool> under_way_{false};
  bool interrupted_ = false;
};

}  // namespace treino::train
