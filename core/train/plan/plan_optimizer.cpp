// The optimizer of the manifest, and what its groups of parameters ask of it.
#include <fmt/format.h>

#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

/// A step on the batch at hand is all that there is to compute again, and its direction is one of all parameters.
void check_closure(const Plan& plan, manifest::Faults& faults) {
  const std::string& id = plan.optimizer->description->id;
  if (plan.manifest.run.accumulate.joins())
    faults.add(plan.manifest.optimizer->id.location,
               fmt::format("accumulate: {} computes the loss again within a step, which is that of one "
                           "batch: leave accumulate out and raise batch_size",
                           id));
  for (const manifest::OptimizerGroup& group : plan.manifest.optimizer_groups)
    faults.add(group.match.location,
               fmt::format("[[optimizer.group]]: {} moves all parameters along one direction, so that there "
                           "are no groups: leave it out",
                           id));
}

}  // namespace

void plan_optimizer(Plan& plan, manifest::Faults& faults) {
  plan.optimizer = plan_plugin(plan, *plan.manifest.optimizer, faults);
  if (!plan.optimizer) return;
  if (plan.optimizer->description->closure) return check_closure(plan, faults);
  if (plan.optimizer->description->find("weight_decay") != nullptr) return;
  for (std::size_t i = 0; i < plan.manifest.optimizer_groups.size(); ++i)
    if (const auto& decay = plan.manifest.optimizer_groups[i].weight_decay)
      faults.add(decay->location, fmt::format("weight_decay of [[optimizer.group]] {}: {} has no weight decay: leave it out",
                                              i + 1, plan.optimizer->description->id));
}

}  // namespace treino::train
