// Penalties on weights and limits to their norms: what layers' settings l1, l2 and max_norm ask for.
#pragma once
#include <span>

#include "nn/parameter.hpp"

namespace treino::train {

/// Of the parameters that learn now; frozen ones count for nothing. As Keras' regularizers and its constraint MaxNorm.
class Regularization {
 public:
  /// `parameters` outlive it and stay where they are.
  explicit Regularization(std::span<nn::Parameter> parameters);

  bool has_penalties() const { return !penalized_.empty(); }
  /// Returns what counts in the loss: the sum of l1 * sum |w| + l2 * sum w^2.
  double penalty() const;
  /// Adds the penalty's gradient to the parameters'.
  void add_gradients() const;
  /// Scales weights down to the norm that they may have; those that are NaN or infinite stay as they are.
  void limit_norms() const;

 private:
  std::vector<nn::Parameter*> penalized_, limited_;
};

}  // namespace treino::train
