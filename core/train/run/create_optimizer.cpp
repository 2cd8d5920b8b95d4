// By default biases and what belongs to norms do not decay: to shrink them regularizes nothing, and to pull the scale of a norm to 0
// takes away what it is for.
#include "train/run/create_optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/wording.hpp"
#include "nn/layers/layer_types.hpp"
#include "train/run/create_plugins.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

bool is_of_norm(const nn::Model& model, const nn::Parameter& parameter) {
  const std::string layer = parameter.name.substr(0, parameter.name.find('/'));
  const auto& layers = model.layers();
  const auto found = std::find_if(layers.begin(), layers.end(), [&](const nn::LayerInfo& each) { return each.name == layer; });
  const nn::LayerType* type = found == layers.end() ? nullptr : nn::find_layer_type(found->type);
  return type != nullptr && type->is_norm;
}

bool decays(const nn::Model& model, const nn::Parameter& parameter) {
  return parameter.shape.size() > 1 && !parameter.name.ends_with("/bias") && !is_of_norm(model, parameter);
}

/// Each parameter's group, counted from 0; that of none is beyond the last.
std::vector<std::size_t> groups_of(const Run& run) {
  const auto& groups = run.plan.manifest.optimizer_groups;
  std::vector<std::size_t> result;
  for (const nn::Parameter& parameter : run.model.parameters()) {
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const manifest::OptimizerGroup& group) {
      return !parameter.gradient.empty() && manifest::fits(group.match.value, parameter.name);
    });
    result.push_back(static_cast<std::size_t>(found - groups.begin()));
  }
  return result;
}

/// Why a group has no parameter.
std::string reason_of(const Run& run, const std::string& match) {
  std::vector<std::string> names;
  for (const nn::Parameter& parameter : run.model.parameters())
    if (!parameter.gradient.empty()) names.push_back(parameter.name);
  if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return manifest::fits(match, name); }))
    return fmt::format("every parameter that {} matches is in an earlier group", manifest::in_quotes(match));
  return fmt::format("{} matches no parameter that learns.{} There are: {}", manifest::in_quotes(match),
                     manifest::suggestion(match, names), manifest::enumerate(names));
}

void check_groups(const Run& run, const std::vector<std::size_t>& groups) {
  manifest::Faults faults;
  for (std::size_t i = 0; i < run.plan.manifest.optimizer_groups.size(); ++i) {
    if (std::find(groups.begin(), groups.end(), i) != groups.end()) continue;
    const auto& match = run.plan.manifest.optimizer_groups[i].match;
    faults.add(match.location, fmt::format("match of [[optimizer.group]] {}: {}", i + 1, reason_of(run, match.value)));
  }
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

std::vector<ParameterCoefficients> coefficients_of(const Run& run) {
  const std::vector<std::size_t> groups = groups_of(run);
  check_groups(run, groups);
  const double given = weight_decay_of(run), own = given == given ? given : 0;
  std::vector<ParameterCoefficients> result;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    ParameterCoefficients& one = result.emplace_back();
    one.weight_decay = decays(run.model, run.model.parameters()[i]) ? own : 0;
    if (groups[i] == run.plan.manifest.optimizer_groups.size()) continue;
    const manifest::OptimizerGroup& group = run.plan.manifest.optimizer_groups[groups[i]];
    one.learning_rate_factor = group.learning_rate_factor;
    if (group.weight_decay) one.weight_decay = group.weight_decay->value;
  }
  return result;
}

}  // namespace

void create_optimizer(Run& run) {
  if (!run.plan.optimizer || run.use != Run::Use::training) return;
  const std::vector<ParameterCoefficients> coefficients = coefficients_of(run);
  host::Instance& instance = create_plugin(run, *run.plan.optimizer);
  in_manifest(*run.plan.optimizer, [&] { run.optimizer = Optimizer(instance, run.model.parameters(), coefficients); });
}

double weight_decay_of(const Run& run) {
  const manifest::Value* value = run.plan.optimizer ? manifest::find(run.plan.optimizer->parameters, "weight_decay") : nullptr;
  const double* given = value == nullptr ? nullptr : value->as<double>();
  return given == nullptr ? std::numeric_limits<double>::quiet_NaN() : *given;
}

}  // namespace treino::train
