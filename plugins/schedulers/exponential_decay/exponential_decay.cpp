// Exponential decay: the rate is multiplied by gamma every decay_steps epochs, smoothly or, with staircase, all at once.
// As torch.optim.lr_scheduler.ExponentialLR and Keras's ExponentialDecay. Parameters: gamma, decay_steps, staircase.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

namespace {

class ExponentialDecay final : public treino::Scheduler {
 public:
  explicit ExponentialDecay(const treino::Setup& setup)
      : gamma_(setup.get<double>("gamma")),
        decay_steps_(setup.get<std::uint64_t>("decay_steps")),
        staircase_(setup.get<bool>("staircase")) {}

  void prepare(const treino::SchedulePlan& plan) override {
    if (plan.total > 0 && !std::isfinite(learning_rate(plan.total - 1, plan.base).learning_rate))
      throw std::invalid_argument(
          "gamma = " + treino::short_text(gamma_) +
          " grows the rate beyond all bounds before the run ends: choose gamma nearer to 1 or larger decay_steps");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double times =
        staircase_ ? static_cast<double>(t / decay_steps_) : static_cast<double>(t) / static_cast<double>(decay_steps_);
    return base * std::pow(gamma_, times);
  }

 private:
  double gamma_;
  std::uint64_t decay_steps_;
  bool staircase_;
};

}  // namespace

TREINO_PLUGIN(ExponentialDecay, R"toml(
kind = "scheduler"
id = "exponential_decay"
version = "1.0.0"
summary = "Learning rate times gamma, every epoch or every decay_steps."
unit = "epoch"
help = """
rate = base * gamma ^ (t / decay_steps), and with staircase = true: base * gamma ^ floor(t / decay_steps)
With base 0.1 and gamma 0.5: 0.1, 0.05, 0.025, 0.0125, ...
As torch.optim.lr_scheduler.ExponentialLR; with unit = "step", as keras.optimizers.schedules.ExponentialDecay, whose
decay_rate is gamma here."""
[parameters.gamma]
type = "float"
required = true
above = 0.0
doc = "factor every decay_steps; above 1 the rate grows"
[parameters.decay_steps]
type = "int"
default = 1
min = 1
doc = "epochs (or steps, as `unit` says) after which the rate has been multiplied by gamma"
[parameters.staircase]
type = "bool"
default = false
doc = "true: the rate falls once every decay_steps instead of a little at each t"
)toml")
