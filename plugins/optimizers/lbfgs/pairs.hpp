// What L-BFGS remembers: the last steps, each with what it has changed the gradient by. The host keeps them, as arrays of state.
#pragma once
#include <cstddef>
#include <vector>

#include "vectors.hpp"

namespace treino::lbfgs {

class Pairs {
 public:
  explicit Pairs(int count) : curvatures_(static_cast<std::size_t>(count)), shares_(curvatures_.size()) {}
  int count() const { return static_cast<int>(curvatures_.size()); }

  /// Takes up the pairs that the state holds now.
  void begin_step(const Vectors& vectors);
  /// Drops all pairs: where the last step led nowhere, they are of no use.
  void forget(const Vectors& vectors);
  /// Makes the last step and its change of the gradient the newest pair, unless the estimate would not be positive with it.
  void add_last(const Vectors& vectors);
  /// Sets `direction` to minus the inverse Hessian times the gradient.
  void choose(const Vectors& vectors, std::vector<float>& direction);

 private:
  std::vector<double> curvatures_;  // of each pair, the newest first: step * change; 0: there is none
  std::vector<double> shares_;      // of choose()
};

}  // namespace treino::lbfgs
