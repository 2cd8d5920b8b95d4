// Adam with Nesterov's momentum: T. Dozat, Incorporating Nesterov Momentum into Adam, 2016.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Nadam final : public treino::Optimizer {
 public:
  explicit Nadam(const treino::Setup& setup)
      : betas_(setup), epsilon_(setup.get<double>("epsilon")), momentum_decay_(setup.get<double>("momentum_decay")) {}

  std::vector<std::string> state() const override { return {"first_moment", "second_moment"}; }
  double momentum() const override { return betas_.beta1; }
  /// Its momentum has a schedule of its own.
  bool takes_momentum() const override { return false; }

  void begin_step(const treino::OptimizerStep& step) override {
    const double root = std::sqrt(1 - std::pow(betas_.beta2, static_cast<double>(step.number)));
    const double product = product_until(step.number), mu = momentum_at(step.number), next = momentum_at(step.number + 1);
    gradient_size_ = (1 - mu) / (1 - product) * root;
    mean_size_ = next / (1 - product * next) * root;
    step_ = {rounded(betas_.beta1),
             rounded(1 - betas_.beta1),
             rounded(betas_.beta2),
             rounded(1 - betas_.beta2),
             0,
             0,
             rounded(epsilon_ * root),
             0};
  }
  void update(const treino::ParameterStep& p) const override {
    NadamStep step = step_;
    step.gradient_size = rounded(p.learning_rate() * gradient_size_);
    step.mean_size = rounded(p.learning_rate() * mean_size_);
    step.weight_decay = rounded(p.weight_decay());
    loops_.nadam(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), p.state(1).data(), step);
  }

 private:
  double momentum_at(std::uint64_t t) const {
    return betas_.beta1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * momentum_decay_));
  }
  /// The product of the momenta of all steps so far. A run may have gone back: then it is multiplied up again.
  double product_until(std::uint64_t t) {
    if (t < multiplied_) {
      product_ = 1;
      multiplied_ = 0;
    }
    while (multiplied_ < t) product_ *= momentum_at(++multiplied_);
    return product_;
  }

  const UpdateLoops& loops_ = update_loops();
  Betas betas_;
  double epsilon_, momentum_decay_, gradient_size_ = 0, mean_size_ = 0, product_ = 1;
  std::uint64_t multiplied_ = 0;
  NadamStep step_{};
};

}  // namespace

TREINO_PLUGIN(Nadam, R"toml(
kind = "optimizer"
draft = 1
id = "nadam"
version = "1.0.0"
summary = "Adam with Nesterov's momentum."
help = """
mu_t = beta1 * (1 - 0.5 * 0.96^(t * momentum_decay)); first and second as in adam; root = sqrt(second / (1 - beta2^t)) + epsilon
weight -= learning_rate * ((1 - mu_t) / (1 - mu_1 ... mu_t) * gradient + mu_(t+1) / (1 - mu_1 ... mu_(t+1)) * first) / root
The formula is that of torch.optim.NAdam since PyTorch 2. State: first_moment, second_moment. The momentum has a schedule of its own: none of a
scheduler takes its place."""
)toml" TREINO_BETAS_TOML(0.9, 0.999) TREINO_EPSILON_TOML(1e-8) R"toml(
[parameters.momentum_decay]
type = "float"
default = 0.004
min = 0.0
doc = "how soon the momentum of the steps comes from half of beta1 to beta1"
)toml" TREINO_ADDED_DECAY_TOML)
