// By default biases and what belongs to norms do not decay: to shrink them regularizes nothing, and to pull the scale of a norm to 0
// takes away what it is for.
#include "train/run/create_optimizer.hpp"

#include <algorithm>
#include <limits>

#include "nn/layers/layer_types.hpp"
#include "train/parameter_groups.hpp"
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

std::vector<ParameterCoefficients> coefficients_of(const Run& run) {
  const std::vector<std::size_t> groups = parameter_groups(run.plan.manifest.optimizer_groups, run.model.parameters());
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
  manifest::Faults faults;
  check_parameter_groups(run.plan.manifest.optimizer_groups, run.model.parameters(), faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
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
