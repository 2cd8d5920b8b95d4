// Adam whose steps are as long as each parameter's weights: Y. You et al., Large Batch Optimization for Deep Learning, 2020.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Lamb final : public treino::Optimizer {
 public:
  explicit Lamb(const treino::Setup& setup) : betas_(setup), epsilon_(setup.get<double>("epsilon")) {}

  std::vector<std::string> state() const override { return {"first_moment", "second_moment"}; }
  bool needs_whole_parameters() const override { return true; }
  double momentum() const override { return betas_.beta1; }
  bool takes_momentum() const override { return true; }

  void begin_step(const treino::OptimizerStep& step) override {
    const double beta1 = step.momentum_or(betas_.beta1), t = static_cast<double>(step.number);
    const double root = std::sqrt(1 - std::pow(betas_.beta2, t));
    step_ = {rounded(beta1),
             rounded(1 - beta1),
             rounded(betas_.beta2),
             rounded(1 - betas_.beta2),
             rounded(root / (1 - std::pow(beta1, t))),
             rounded(epsilon_ * root),
             0};
  }
  void update(const treino::ParameterStep& p) const override {
    LambStep step = step_;
    step.weight_decay = rounded(p.weight_decay());
    float *const weight = p.value().data(), *const first = p.state(0).data(), *const second = p.state(1).data();
    const LambSums sums = loops_.lamb_moments(p.size(), weight, p.gradient().data(), first, second, step);
    const double ratio = sums.weight > 0 && sums.update > 0 ? std::sqrt(sums.weight / sums.update) : 1;
    loops_.lamb(p.size(), weight, first, second, rounded(p.learning_rate() * ratio), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  Betas betas_;
  double epsilon_;
  LambStep step_{};
};

}  // namespace

TREINO_PLUGIN(Lamb, R"toml(
kind = "optimizer"
draft = 1
id = "lamb"
version = "1.0.0"
summary = "LAMB: Adam whose steps are as long as each parameter's weights, for large batches."
help = """
first and second as in adam, of the gradient alone
update = first / (1 - beta1^t) / (sqrt(second / (1 - beta2^t)) + epsilon) + weight_decay * weight
weight -= learning_rate * |weight| / |update| * update, with the norms of the whole parameter, and 1 for their ratio where one is 0
State: first_moment, second_moment. A scheduler's momentum takes the place of beta1."""
)toml" TREINO_BETAS_TOML(0.9, 0.999) TREINO_EPSILON_TOML(1e-6) TREINO_WEIGHT_DECAY_TOML("times the weight, added to the update"))
