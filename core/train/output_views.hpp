// The tensors of one batch for all outputs of a run's model.
#pragma once
#include <deque>
#include <span>
#include <vector>

#include "data/batches/batches.hpp"
#include "train/loss_and_metrics.hpp"

namespace treino::train {

class Run;

class OutputViews {
 public:
  /// Batches come from `dataset`. Both outlive this.
  OutputViews(Run& run, const data::Dataset& dataset);
  /// What the model's last forward has made of `batch`, `prediction` the last layer's, and room for gradients where the model has it.
  void bind(const data::Batch& batch, std::span<const float> prediction, bool with_gradients);
  const BatchViews& main() const { return views_.front(); }
  Views all() const { return pointers_; }

 private:
  Run& run_;
  std::deque<BatchViews> views_;  // which know their own addresses
  std::vector<const BatchViews*> pointers_;
};

}  // namespace treino::train
