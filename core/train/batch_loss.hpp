// The loss of a batch and its gradients, for those who need them beside the training loop's own: trial steps, and optimizers that look
// at other weights within a step.
#pragma once
#include <cstdint>

#include "data/batches/batches.hpp"
#include "train/optimizer.hpp"
#include "train/output_views.hpp"

namespace treino::train {

class Run;

class BatchLoss {
 public:
  /// `step` as nn::Model::forward has it. All outlive this.
  BatchLoss(Run& run, OutputViews& views, const data::Batch& batch, std::uint64_t step)
      : run_(run), views_(views), batch_(batch), step_(step) {}

  /// Returns the loss with the weights as they are, penalties included, and computes all gradients. Counts for no scalar.
  double evaluate();

  /// For Optimizer::step; `loss` as it is. Valid as long as this.
  BatchClosure closure(double loss) {
    return {loss, this, [](void* context) { return static_cast<BatchLoss*>(context)->evaluate(); }};
  }

 private:
  Run& run_;
  OutputViews& views_;
  const data::Batch& batch_;
  std::uint64_t step_;
};

}  // namespace treino::train
