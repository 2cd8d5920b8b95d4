// Steps of one size, whose direction is a sign: X. Chen et al., Symbolic Discovery of Optimization Algorithms, 2023.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Lion final : public treino::Optimizer {
 public:
  explicit Lion(const treino::Setup& setup) : betas_(setup) {}
  std::vector<std::string> state() const override { return {"momentum"}; }
  void update(const treino::ParameterStep& p) const override {
    const LionStep step{rounded(p.learning_rate()), rounded(betas_.beta1),     rounded(1 - betas_.beta1),
                        rounded(betas_.beta2),      rounded(1 - betas_.beta2), rounded(1 - p.learning_rate() * p.weight_decay())};
    loops_.lion(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  Betas betas_;
};

}  // namespace

TREINO_PLUGIN(Lion, R"toml(
kind = "optimizer"
draft = 1
id = "lion"
version = "1.0.0"
summary = "Lion: steps of one size, in the direction of the sign of an average of gradients."
help = """
weight -= learning_rate * (sign(beta1 * momentum + (1 - beta1) * gradient) + weight_decay * weight)
momentum = beta2 * momentum + (1 - beta2) * gradient
Learning rates are 3 to 10 times smaller than adamw's, weight decay is as much larger. State: momentum."""

[parameters.beta1]
type = "float"
default = 0.9
min = 0.0
below = 1.0
doc = "how much of the momentum, and how little of the gradient, the sign is taken of"

[parameters.beta2]
type = "float"
default = 0.99
min = 0.0
below = 1.0
doc = "decay of the momentum"
)toml" TREINO_SHRINKING_DECAY_TOML)
