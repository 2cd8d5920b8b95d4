// Cosine annealing: half a cosine from max down to min in t_max epochs; then up again and so on, or, with hold, at min for good.
// I. Loshchilov, F. Hutter, SGDR, ICLR 2017, without the restarts; the closed form of torch.optim.lr_scheduler.CosineAnnealingLR.
// Parameters: t_max, min (eta_min to those who come from torch), max, hold.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

namespace {

class CosineAnnealing final : public treino::Scheduler {
 public:
  explicit CosineAnnealing(const treino::Setup& setup)
      : t_max_(setup.get<std::uint64_t>("t_max")),
        min_(setup.find<double>("min").value_or(setup.find<double>("eta_min").value_or(0.0))),
        max_(setup.find<double>("max")),
        hold_(setup.get<bool>("hold")) {
    if (setup.has("min") && setup.has("eta_min"))
      throw std::invalid_argument("min and eta_min are two names of the same bound: give one of them");
    if (max_ && *max_ < min_)
      throw std::invalid_argument("max = " + treino::short_text(*max_) + " is below min = " + treino::short_text(min_) +
                                  ": exchange them");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    if (hold_ && t >= t_max_) return min_;
    // The whole periods are taken off as integers: the cosine of a large number would have lost its digits.
    const double angle = treino::pi * static_cast<double>(t % (2 * t_max_)) / static_cast<double>(t_max_);
    return min_ + 0.5 * (max_.value_or(base) - min_) * (1 + std::cos(angle));
  }

 private:
  std::uint64_t t_max_;
  double min_;
  std::optional<double> max_;
  bool hold_;
};

}  // namespace

TREINO_PLUGIN(CosineAnnealing, R"toml(
kind = "scheduler"
id = "cosine_annealing"
version = "1.0.0"
summary = "Half a cosine from the base learning rate, or max, to min."
unit = "epoch"
help = """
rate = min + (max - min) / 2 * (1 + cos(pi * t / t_max))
With min 0.001, max 0.1 and t_max 100: 0.1 at t = 0, 0.0505 at 50, 0.001 at 100.
After t_max the rate rises again, as the closed form of torch.optim.lr_scheduler.CosineAnnealingLR does; hold = true keeps min.
I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017."""
[parameters.t_max]
type = "int"
required = true
min = 1
max = 1000000000000
doc = "epochs (or steps, as `unit` says) from max to min; the run's epochs, usually"
[parameters.min]
type = "float"
min = 0.0
doc = "the lowest rate; 0 where it is not given"
[parameters.eta_min]
type = "float"
min = 0.0
doc = "torch's name of min; above the base rate it makes the rate rise, and fall again"
[parameters.max]
type = "float"
min = 0.0
doc = "the rate at t = 0, whatever the base is; the base rate where it is not given"
[parameters.hold]
type = "bool"
default = false
doc = "true: stay at min after t_max instead of rising again"
)toml")
