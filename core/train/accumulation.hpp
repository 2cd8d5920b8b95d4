// Gradient accumulation: the batches of one optimizer step count as one batch of all their samples.
#pragma once
#include <treino/abi/loss.h>

#include <cstdint>

#include "manifest/manifest.hpp"
#include "nn/model.hpp"
#include "train/batch_views.hpp"

namespace treino::train {

class GradientAccumulation {
 public:
  /// Where a batch stands in its group. `batch`, `batches`: within the epoch.
  struct Place {
    std::uint64_t index, size;
    bool is_first() const { return index == 0; }
    bool is_last() const { return index + 1 == size; }
  };
  static Place place_of(const manifest::Accumulation& accumulate, std::uint64_t epoch, std::uint64_t batch,
                        std::uint64_t batches);

  /// Scales the gradients of one batch, of all outputs, by its weight in the group. A group's gradient is (sum over its batches of weight * gradient)
  /// / (sum of weights).
  void scale_batch(const treino_loss_value& loss, Views views, const Place& place);
  /// Divides the parameters' gradients, which have been added, by the sum of weights.
  void finish_group(nn::Model& model);

 private:
  // Weights are taken relative to the first that is not 0, so that batches that count alike are added as they are, and no large
  // weight carries a gradient beyond what float32 holds. No group is saved half, so that these are in no checkpoint.
  double first_weight_ = 0, group_weight_ = 0;
};

}  // namespace treino::train
