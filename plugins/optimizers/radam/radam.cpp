// Adam whose first steps go by the mean of gradients alone: L. Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, 2020.
#include "shared/optimizers/coefficients.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::optimizers;

class Radam final : public treino::Optimizer {
 public:
  explicit Radam(const treino::Setup& setup) : betas_(setup), epsilon_(setup.get<double>("epsilon")) {}

  std::vector<std::string> state() const override { return {"first_moment", "second_moment"}; }
  double momentum() const override { return betas_.beta1; }
  bool takes_momentum() const override { return true; }

  void begin_step(const treino::OptimizerStep& step) override {
    const double beta1 = step.momentum_or(betas_.beta1), t = static_cast<double>(step.number);
    const double power = std::pow(betas_.beta2, t), last = 2 / (1 - betas_.beta2) - 1;
    const double length = last - 2 * t * power / (1 - power);  // of the average that `second` is
    size_ = 1 / (1 - std::pow(beta1, t));
    const bool rectified = length > 5;
    if (rectified)
      size_ *= std::sqrt(1 - power) * std::sqrt((length - 4) * (length - 2) * last / ((last - 4) * (last - 2) * length));
    step_ = {rounded(beta1), rounded(1 - beta1), rounded(betas_.beta2), rounded(1 - betas_.beta2), 0, rounded(epsilon_), 0,
             rectified};
  }
  void update(const treino::ParameterStep& p) const override {
    RadamStep step = step_;
    step.step_size = rounded(p.learning_rate() * size_);
    step.weight_decay = rounded(p.weight_decay());
    loops_.radam(p.size(), p.value().data(), p.gradient().data(), p.state(0).data(), p.state(1).data(), step);
  }

 private:
  const UpdateLoops& loops_ = update_loops();
  Betas betas_;
  double epsilon_, size_ = 0;
  RadamStep step_{};
};

}  // namespace

TREINO_PLUGIN(Radam, R"toml(
kind = "optimizer"
draft = 1
id = "radam"
version = "1.0.0"
summary = "Rectified Adam: no adaptive step sizes before enough gradients are known."
help = """
first and second as in adam; r = 2 / (1 - beta2) - 1, r_t = r - 2 t beta2^t / (1 - beta2^t)
r_t <= 5:  weight -= learning_rate * first / (1 - beta1^t)
otherwise: weight -= learning_rate * c * first / (1 - beta1^t) * sqrt(1 - beta2^t) / (sqrt(second) + epsilon), with
           c = sqrt((r_t - 4) (r_t - 2) r / ((r - 4) (r - 2) r_t))
The results are those of torch.optim.RAdam. State: first_moment, second_moment. A scheduler's momentum takes the place of beta1."""
)toml" TREINO_BETAS_TOML(0.9, 0.999) TREINO_EPSILON_TOML(1e-8) TREINO_ADDED_DECAY_TOML)
