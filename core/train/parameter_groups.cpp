// A parameter belongs to the first group whose pattern fits its name.
#include "train/parameter_groups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/wording.hpp"
#include "nn/model.hpp"

namespace treino::train {

namespace {

/// Why a group has no parameter.
std::string reason_of(const std::string& match, std::span<const nn::Parameter> parameters) {
  std::vector<std::string> names;
  for (const nn::Parameter& parameter : parameters)
    if (!parameter.gradient.empty()) names.push_back(parameter.name);
  if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return manifest::fits(match, name); }))
    return fmt::format("every parameter that {} matches is in an earlier group", manifest::in_quotes(match));
  return fmt::format("{} matches no parameter that learns.{} There are: {}", manifest::in_quotes(match),
                     manifest::suggestion(match, names), manifest::enumerate(names));
}

}  // namespace

std::vector<std::size_t> parameter_groups(std::span<const manifest::OptimizerGroup> groups,
                                          std::span<const nn::Parameter> parameters) {
  std::vector<std::size_t> result;
  for (const nn::Parameter& parameter : parameters) {
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const manifest::OptimizerGroup& group) {
      return !parameter.gradient.empty() && manifest::fits(group.match.value, parameter.name);
    });
    result.push_back(static_cast<std::size_t>(found - groups.begin()));
  }
  return result;
}

void check_parameter_groups(std::span<const manifest::OptimizerGroup> groups, std::span<const nn::Parameter> parameters,
                            manifest::Faults& faults) {
  const std::vector<std::size_t> taken = parameter_groups(groups, parameters);
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (std::find(taken.begin(), taken.end(), i) == taken.end())
      faults.add(groups[i].match.location,
                 fmt::format("match of [[optimizer.group]] {}: {}", i + 1, reason_of(groups[i].match.value, parameters)));
}

void check_parameter_groups(const Plan& plan, manifest::Faults& faults) {
  // Which parameters a plugin's layer has is known when it is there.
  const auto& groups = plan.manifest.optimizer_groups;
  if (groups.empty() || !plan.input || plan.shapes.empty() || !plan.layer_plugins.empty()) return;
  const nn::Model model(plan.layers, *plan.input, 1, plan.manifest.run.seed, 1, nn::InitialValues::zero);
  check_parameter_groups(groups, model.parameters(), faults);
}

}  // namespace treino::train
