// Cosine decay with warm restarts: half a cosine down to alpha of the rate, then again, t_mul times as long and m_mul times as
// high. As keras.optimizers.schedules.CosineDecayRestarts. I. Loshchilov, F. Hutter, SGDR, ICLR 2017. Parameters:
// first_decay_steps, t_mul, m_mul, alpha.
#include <treino/scheduler.hpp>

namespace {

class CosineDecayRestarts final : public treino::Scheduler {
 public:
  explicit CosineDecayRestarts(const treino::Setup& setup)
      : first_(setup.get<std::uint64_t>("first_decay_steps")),
        longer_(setup.get<double>("t_mul")),
        higher_(setup.get<double>("m_mul")),
        alpha_(setup.get<double>("alpha")) {}

  void prepare(const treino::SchedulePlan& plan) override {
    if (plan.total > 0 && !std::isfinite(learning_rate(plan.total - 1, plan.base).learning_rate))
      throw std::invalid_argument("m_mul grows the rate beyond all bounds before the run ends: choose it nearer to 1");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    double cycle = 0, share = 0;
    if (longer_ == 1) {
      cycle = static_cast<double>(t / first_);
      share = static_cast<double>(t % first_) / static_cast<double>(first_);
    } else {
      const double now = static_cast<double>(t) / static_cast<double>(first_);  // in lengths of the first cycle
      cycle = std::floor(std::log1p(now * (longer_ - 1)) / std::log(longer_));
      // The logarithm may be off by one at a cycle's border.
      while (cycle > 0 && now < begin(cycle)) --cycle;
      while (now >= begin(cycle + 1)) ++cycle;
      share = (now - begin(cycle)) / std::pow(longer_, cycle);
    }
    const double cosine = 0.5 * std::pow(higher_, cycle) * (1 + std::cos(treino::pi * share));
    return base * ((1 - alpha_) * cosine + alpha_);
  }

 private:
  double begin(double cycle) const { return (std::pow(longer_, cycle) - 1) / (longer_ - 1); }

  std::uint64_t first_;
  double longer_, higher_, alpha_;
};

}  // namespace

TREINO_PLUGIN(CosineDecayRestarts, R"toml(
kind = "scheduler"
id = "cosine_decay_restarts"
version = "1.0.0"
summary = "Cosine decay with restarts, each longer and lower than the one before."
unit = "step"
help = """
rate = base * ((1 - alpha) / 2 * m_mul ^ n * (1 + cos(pi * share)) + alpha), where n counts the restarts and share is how much of the
cycle has passed; the first takes first_decay_steps, each next one t_mul times as long as the one before.
With base 1, first_decay_steps 2 and m_mul 0.5: 1, 0.5 | 0.5, 0.427, 0.25, 0.073 | 0.25, ...
As keras.optimizers.schedules.CosineDecayRestarts, in double precision: no step is lost beyond 2^24, and none falls into a wrong cycle.
I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017."""
[parameters.first_decay_steps]
type = "int"
required = true
min = 1
doc = "steps (or epochs, as `unit` says) of the first cycle"
[parameters.t_mul]
type = "float"
default = 2.0
min = 1.0
max = 1e6
doc = "how many times as long each next cycle is"
[parameters.m_mul]
type = "float"
default = 1.0
min = 0.0
max = 1e6
doc = "how many times as high each next cycle begins"
[parameters.alpha]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "where each cycle ends, as a share of the base rate"
)toml")
