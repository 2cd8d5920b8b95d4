// Which parameters the groups of [optimizer] take.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "manifest/manifest.hpp"
#include "nn/parameter.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

/// Each parameter's group, counted from 0; that of none is beyond the last.
std::vector<std::size_t> parameter_groups(std::span<const manifest::OptimizerGroup> groups,
                                          std::span<const nn::Parameter> parameters);

/// Adds a fault for each group without a parameter.
void check_parameter_groups(std::span<const manifest::OptimizerGroup> groups, std::span<const nn::Parameter> parameters,
                            manifest::Faults& faults);

/// The same for `treino check`, where the names of all parameters are known before the run.
void check_parameter_groups(const Plan& plan, manifest::Faults& faults);

}  // namespace treino::train
