// The list, and what is found by it.
#include "nn/optimizers/optimizer_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

namespace treino::nn {

// A new optimizer is named here, in the order in which they are listed; the record stands at the end of its own file.
#define TREINO_EACH_OPTIMIZER_TYPE(use) use(sgd) use(adam) use(adamw) use(rmsprop) use(adagrad)

#define TREINO_DECLARE_OPTIMIZER(type) extern const OptimizerType type##_optimizer;
#define TREINO_OPTIMIZER_ADDRESS(type) &type##_optimizer,

TREINO_EACH_OPTIMIZER_TYPE(TREINO_DECLARE_OPTIMIZER)

std::span<const OptimizerType* const> optimizer_types() {
  static constexpr const OptimizerType* types[] = {TREINO_EACH_OPTIMIZER_TYPE(TREINO_OPTIMIZER_ADDRESS)};
  return types;
}

const OptimizerType& optimizer_type(std::string_view id) {
  const auto types = optimizer_types();
  const auto found = std::find_if(types.begin(), types.end(), [&](const OptimizerType* type) { return type->id == id; });
  if (found != types.end()) return **found;
  std::vector<std::string_view> ids;
  for (const OptimizerType* type : types) ids.push_back(type->id);
  throw std::invalid_argument(fmt::format("unknown optimizer \"{}\"; there are {}", id, fmt::join(ids, ", ")));
}

std::string optimizer_descriptions() {
  std::string all;
  for (const OptimizerType* type : optimizer_types())
    all.append("[[type]]\nid = \"").append(type->id).append("\"\n").append(type->description).append("\n");
  return all;
}

double momentum_of(const OptimizerSpec& spec) {
  const std::string_view momentum = spec.type.empty() ? "" : optimizer_type(spec.type).momentum;
  return momentum.empty() ? std::numeric_limits<double>::quiet_NaN() : spec.settings.at<double>(momentum);
}

bool takes_momentum(const OptimizerSpec& spec) { return optimizer_type(spec.type).always_has_momentum || momentum_of(spec) > 0; }

double weight_decay_of(const OptimizerSpec& spec) {
  return spec.settings.has("weight_decay") ? spec.settings.at<double>("weight_decay") : 0;
}

}  // namespace treino::nn
