// Weights that are NaN or infinite: never worth keeping, and never to be averaged with others.
#pragma once
#include <treino/host.hpp>

#include "shared/training/weight_loops.hpp"

namespace treino {
inline namespace sdk0 {

/// Views of the parameters in the set of this name, or, where that is "", in the model.
class NamedWeights {
 public:
  NamedWeights(const Host& host, const std::string& set)
      : host_(host), in_set_(!set.empty()), set_(in_set_ ? host.find_weights(set) : 0) {}
  treino_tensor operator[](std::uint32_t parameter) const {
    return in_set_ ? host_.weights(set_, parameter) : host_.parameter(parameter);
  }

 private:
  const Host& host_;
  bool in_set_;
  std::uint32_t set_;
};

/// Returns the first parameter that is NaN or infinite in the set of this name, or, where that is "", in the model; empty where all
/// are finite.
inline std::optional<std::uint32_t> damaged_parameter(const Host& host, const std::string& set = "") {
  const NamedWeights weights(host, set);
  for (std::uint32_t i = 0; i < host.parameter_count(); ++i)
    if (!all_finite(weights[i])) return i;
  return std::nullopt;
}

}  // namespace sdk0
}  // namespace treino
