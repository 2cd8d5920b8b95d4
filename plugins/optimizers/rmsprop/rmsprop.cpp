// The gradient over the root of its running mean square, with momentum or without: T. Tieleman, G. Hinton, Lecture 6.5, 2012.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Rmsprop final : public treino::Optimizer {
 public:
  explicit Rmsprop(const treino::Setup& setup)
      : momentum_(setup.get<double>("momentum")),
        rho_(setup.get<double>("rho")),
        epsilon_(setup.get<double>("epsilon")),
        centered_(setup.get<bool>("centered")) {}

  std::vector<std::string> state() const override {
    std::vector<std::string> names = {"square_average"};
    if (momentum_ != 0) names.push_back("momentum");
    if (centered_) names.push_back("gradient_average");
    return names;
  }
  double momentum() const override { return momentum_; }
  void begin_step(const treino::OptimizerStep& step) override { current_ = step.momentum_or(momentum_); }
  void update(const treino::ParameterStep& p) const override {
    const RmspropStep step{rounded(p.learning_rate()), rounded(rho_),    rounded(1 - rho_), rounded(epsilon_),
                           rounded(p.weight_decay()),  rounded(current_)};
    float* const velocity = momentum_ == 0 ? nullptr : p.state(1).data();
    if (centered_)
      loops_.rmsprop_centered(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), velocity,
                              p.state(momentum_ == 0 ? 1 : 2).data(), step);
    else
      loops_.rmsprop(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), velocity, step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  double momentum_, rho_, epsilon_, current_ = 0;
  bool centered_;
};

}  // namespace

TREINO_PLUGIN(Rmsprop, R"toml(
kind = "optimizer"
draft = 1
id = "rmsprop"
version = "1.0.0"
summary = "RMSprop: the gradient over the root of its running mean square."
help = """
gradient += weight_decay * weight
square = rho * square + (1 - rho) * gradient^2
centered: mean = rho * mean + (1 - rho) * gradient, and square - mean^2, at least 0, takes the place of square below
change = gradient / (sqrt(square) + epsilon)
momentum = 0: weight -= learning_rate * change
otherwise:    velocity = momentum * velocity + change, weight -= learning_rate * velocity
The results are those of torch.optim.RMSprop. State: square_average, momentum, gradient_average."""

[parameters.rho]
type = "float"
default = 0.99
min = 0.0
below = 1.0
doc = "decay of the mean of squared gradients"
)toml" TREINO_EPSILON_TOML(1e-8) R"toml(
[parameters.momentum]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "velocity = momentum * velocity + gradient / root, weight -= learning_rate * velocity"

[parameters.centered]
type = "bool"
default = false
doc = "divide by the root of the gradients' variance in place of their mean square"
)toml" TREINO_ADDED_DECAY_TOML)
