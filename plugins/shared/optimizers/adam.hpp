// Adam, with the weight decay as a part of the gradient or apart from it: plugins adam and adamw.
#pragma once
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace treino::optimizers {

/// decoupled: weights shrink apart from the gradient.
template <bool decoupled>
class AdamOf final : public Optimizer {
 public:
  explicit AdamOf(const Setup& setup)
      : betas_(setup), epsilon_(setup.get<double>("epsilon")), amsgrad_(setup.get<bool>("amsgrad")) {}

  std::vector<std::string> state() const override {
    if (amsgrad_) return {"first_moment", "second_moment", "largest_second_moment"};
    return {"first_moment", "second_moment"};
  }
  double momentum() const override { return betas_.beta1; }
  bool takes_momentum() const override { return true; }

  /// The correction of the second moment, `root`, is multiplied into the coefficients.
  void begin_step(const OptimizerStep& step) override {
    const double beta1 = step.momentum_or(betas_.beta1), t = static_cast<double>(step.number);
    root_ = std::sqrt(1 - std::pow(betas_.beta2, t));
    correction_ = 1 - std::pow(beta1, t);
    step_.beta1 = rounded(beta1);
    step_.beta1_rest = rounded(1 - beta1);
    step_.beta2 = rounded(betas_.beta2);
    step_.beta2_rest = rounded(1 - betas_.beta2);
    step_.epsilon = rounded(epsilon_ * root_);
  }
  void update(const ParameterStep& p) const override {
    AdamStep step = step_;
    step.step_size = rounded(p.learning_rate() * root_ / correction_);
    step.weight_decay = decoupled ? 0.0f : rounded(p.weight_decay());
    step.shrink = decoupled ? rounded(1 - p.learning_rate() * p.weight_decay()) : 1.0f;
    if (amsgrad_)
      loops_.amsgrad(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), p.state(1).data(), p.state(2).data(),
                     step);
    else
      loops_.adam(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), p.state(1).data(), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  Betas betas_;
  double epsilon_, root_ = 1, correction_ = 1;
  bool amsgrad_;
  AdamStep step_{};
};

}  // namespace treino::optimizers

#define TREINO_AMSGRAD_TOML \
  "\n"                      \
  "[parameters.amsgrad]\n"  \
  "type = \"bool\"\n"       \
  "default = false\n"       \
  "doc = \"divide by the root of the largest mean of squared gradients so far (Reddi et al., 2018)\"\n"
