// What every loop does between computing, whoever computes: events in their order, requests acted on at safe points, epochs ended.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/result.hpp"

namespace treino::train {

class Run;

class LoopEvents {
 public:
  /// `run` outlives this.
  explicit LoopEvents(Run& run) : run_(run), writer_(run) {}

  /// Called at the end of each epoch: (epoch from 0, its scalars, whether a plugin has written to the screen in it).
  using TellEpoch = std::function<void(std::uint64_t, const NamedScalars&, bool drawn)>;
  void after_epoch(TellEpoch tell) { tell_epoch_ = std::move(tell); }

  // In this order; what throws on the way is given to fail(), and end() comes last however it ended.
  void begin();
  void begin_epoch();
  void begin_batch();
  /// After the gradient is there. False where the step is not to be taken: then neither step nor end_step() follow.
  bool begin_step();
  void end_step();
  void end_batch();
  /// Where everything that was asked for can be done, and a run can be saved.
  void safe_point();
  void end_epoch();
  /// After the last epoch: what is still being written has been, or fails.
  void finish() { writer_.finish_pending_save(); }
  void fail(const std::string& reason);
  Result end();

  bool has_epochs_left() const;

 private:
  void allow_early_stops();
  bool is_step_refused();

  Run& run_;
  CheckpointWriter writer_;
  TellEpoch tell_epoch_;
};

}  // namespace treino::train
