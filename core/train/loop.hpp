// The training loop. It knows when things happen; what happens is the plugins' business.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "train/accumulation.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/evaluation.hpp"
#include "train/loss_and_metrics.hpp"
#include "train/result.hpp"

namespace treino::train {

class TrainingLoop {
 public:
  /// `run` was built for training, and outlives this.
  explicit TrainingLoop(Run& run);

  /// Called at the end of each epoch: (epoch from 0, its scalars, whether a plugin has written to the screen in it).
  using TellEpoch = std::function<void(std::uint64_t, const NamedScalars&, bool drawn)>;
  void after_epoch(TellEpoch tell) { tell_epoch_ = std::move(tell); }

  /// Trains. Failures become outcome TREINO_RUN_FAILED; every begin that was received gets its end.
  Result fit();

 private:
  void begin();
  void begin_epoch();
  void train_epoch();
  void train_batch(const data::Batch& batch);
  void take_step();
  bool is_step_refused();
  void end_epoch();
  void safe_point();
  void fail(const std::string& reason);

  Run& run_;
  Evaluation evaluation_;
  CheckpointWriter writer_;
  GradientAccumulation accumulation_;
  BatchViews views_;
  TellEpoch tell_epoch_;
};

}  // namespace treino::train
