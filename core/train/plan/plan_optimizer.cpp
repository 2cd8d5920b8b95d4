// The optimizer of the manifest, and what its groups of parameters ask of it.
#include <fmt/format.h>

#include "train/plan/plan_parts.hpp"

namespace treino::train {

void plan_optimizer(Plan& plan, manifest::Faults& faults) {
  plan.optimizer = plan_plugin(plan, *plan.manifest.optimizer, faults);
  if (!plan.optimizer || plan.optimizer->description->find("weight_decay") != nullptr) return;
  for (std::size_t i = 0; i < plan.manifest.optimizer_groups.size(); ++i)
    if (const auto& decay = plan.manifest.optimizer_groups[i].weight_decay)
      faults.add(decay->location, fmt::format("weight_decay of [[optimizer.group]] {}: {} has no weight decay: leave it out",
                                              i + 1, plan.optimizer->description->id));
}

}  // namespace treino::train
