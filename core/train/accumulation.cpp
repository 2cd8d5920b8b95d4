// The arithmetic of a group of batches.
#include "train/accumulation.hpp"

#include <algorithm>

namespace treino::train {

GradientAccumulation::Place GradientAccumulation::place_of(const manifest::Accumulation& accumulate, std::uint64_t epoch,
                                                           std::uint64_t batch, std::uint64_t batches) {
  const std::uint64_t wanted = accumulate.batches_per_step(epoch);
  const std::uint64_t index = batch % wanted;
  return {index, std::min(wanted, batches - (batch - index))};
}

void GradientAccumulation::scale_batch(const treino_loss_value& loss, Views views, const Place& place) {
  if (place.is_first()) first_weight_ = group_weight_ = 0;
  if (first_weight_ == 0) first_weight_ = loss.weight;
  group_weight_ += loss.weight;
  const auto factor = static_cast<float>(first_weight_ == 0 ? 0 : loss.weight / first_weight_);
  if (factor == 1) return;
  for (const BatchViews* each : views)
    for (float& value : each->gradients()) value *= factor;
}

void GradientAccumulation::finish_group(nn::Model& model) {
  const auto factor = static_cast<float>(group_weight_ == 0 ? 0 : first_weight_ / group_weight_);
  for (nn::Parameter& parameter : model.parameters())
    for (float& value : parameter.gradient) value *= factor;
}

}  // namespace treino::train
