// The training loop. It knows when things happen; what happens is the plugins' business.
#pragma once
#include <cstdint>
#include <utility>

#include "train/accumulation.hpp"
#include "train/evaluation.hpp"
#include "train/loop_events.hpp"
#include "train/loss_and_metrics.hpp"
#include "train/output_views.hpp"
#include "train/result.hpp"

namespace treino::train {

class TrainingLoop {
 public:
  /// `run` was built for training, and outlives this.
  explicit TrainingLoop(Run& run);

  void after_epoch(LoopEvents::TellEpoch tell) { events_.after_epoch(std::move(tell)); }

  /// Trains. Failures become Outcome::failed; every begin that was received gets its end.
  Result fit();

 private:
  void train_epoch();
  void train_batch(const data::Batch& batch);
  void take_step(const data::Batch& batch, double loss);

  Run& run_;
  Evaluation evaluation_;
  LoopEvents events_;
  GradientAccumulation accumulation_;
  OutputViews views_;
};

}  // namespace treino::train
