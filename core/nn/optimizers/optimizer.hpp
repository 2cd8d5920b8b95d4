// One pass over parameters, gradients and moments per step; the learning rate comes from outside, each step.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "nn/parameter.hpp"
#include "nn/spec.hpp"

namespace treino::nn {

/// A named array of the optimizer's state ("dense_1/weight/momentum"); all of them and steps() are what a checkpoint keeps.
struct OptimizerState {
  std::string name;
  Shape shape;
  std::span<float> value;
};

/// The update rules and the order of their operations are PyTorch 1.13's (torch.optim.SGD, Adam, AdamW, RMSprop, Adagrad;
/// dampening 0, amsgrad off), state in float32, coefficients in double; adam's correction of the second moment is multiplied into
/// the coefficients.
class Optimizer {
 public:
  /// `parameters` outlive the optimizer and stay where they are. Those that are not trainable at a step, it passes over. Throws
  /// std::invalid_argument for an unknown type or a coefficient out of its range.
  Optimizer(const OptimizerSpec& spec, std::span<Parameter> parameters);
  ~Optimizer();
  Optimizer(Optimizer&&) noexcept;
  Optimizer& operator=(Optimizer&&) noexcept;

  /// Applies one update. `momentum`: NaN leaves the spec's (OptimizerType::momentum says which setting that is). Throws
  /// std::invalid_argument, having changed nothing, for a momentum other than 0 where the optimizer was built without one.
  void step(double learning_rate, double momentum = std::numeric_limits<double>::quiet_NaN());

  std::uint64_t steps() const;
  void set_steps(std::uint64_t steps);
  std::span<OptimizerState> state();

 private:
  struct Rule;
  std::unique_ptr<Rule> rule_;
};

}  // namespace treino::nn
