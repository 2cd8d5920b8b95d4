// Gradient descent with momentum or without, and Nesterov's form of it: torch.optim.SGD with dampening 0.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Sgd final : public treino::Optimizer {
 public:
  explicit Sgd(const treino::Setup& setup) : momentum_(setup.get<double>("momentum")), nesterov_(setup.get<bool>("nesterov")) {
    if (nesterov_ && momentum_ == 0) throw std::invalid_argument("sgd: nesterov = true needs a momentum above 0");
  }
  std::vector<std::string> state() const override {
    if (momentum_ == 0) return {};
    return {"momentum"};
  }
  double momentum() const override { return momentum_; }
  void begin_step(const treino::OptimizerStep& step) override { current_ = step.momentum_or(momentum_); }
  void update(const treino::ParameterStep& p) const override {
    const SgdStep step{rounded(p.learning_rate()), rounded(current_), rounded(p.weight_decay()), nesterov_};
    loops_.sgd(p.size(), p.value().data(), p.gradient().data(), momentum_ == 0 ? nullptr : p.state(0).data(), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  double momentum_, current_ = 0;
  bool nesterov_;
};

}  // namespace

TREINO_PLUGIN(Sgd, R"toml(
kind = "optimizer"
draft = 1
id = "sgd"
version = "1.0.0"
summary = "Gradient descent, with momentum or without."
help = """
gradient += weight_decay * weight
momentum = 0: weight -= learning_rate * gradient
otherwise:    velocity = momentum * velocity + gradient
              weight -= learning_rate * velocity, or with nesterov learning_rate * (gradient + momentum * velocity)
The results are those of torch.optim.SGD with dampening 0. State: momentum."""

[parameters.momentum]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "velocity = momentum * velocity + gradient, weight -= learning_rate * velocity; a new learning rate acts on all of the velocity, as in PyTorch"

[parameters.nesterov]
type = "bool"
default = false
doc = "weight -= learning_rate * (gradient + momentum * velocity); momentum must be above 0"
)toml" TREINO_ADDED_DECAY_TOML)
