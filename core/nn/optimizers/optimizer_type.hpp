// All that there is to know of an optimizer, in one record at the end of its file.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "nn/parameter.hpp"
#include "nn/spec.hpp"

namespace treino::nn {

class UpdateRule;

struct OptimizerType {
  std::string_view id;
  /// TOML as of LayerType::description. The learning rate is no setting: it comes from outside at each step.
  std::string_view description;
  /// Throws std::invalid_argument where a coefficient is out of its range.
  std::unique_ptr<UpdateRule> (*make)(const OptimizerSpec& spec, std::span<Parameter> parameters);
  /// The setting that a momentum given with a step takes the place of; empty: there is none.
  std::string_view momentum = "";
  bool always_has_momentum = false;  // false: only where that setting is above 0
};

}  // namespace treino::nn
