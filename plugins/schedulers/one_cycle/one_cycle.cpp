// One cycle: up from max_lr / div_factor to max_lr, and down to max_lr / div_factor / final_div_factor by the end of the run;
// momentum the other way round. L. N. Smith, N. Topin, Super-Convergence, arXiv 1708.07120.
// As torch.optim.lr_scheduler.OneCycleLR, which starts each phase one step early. Parameters: max_lr, total_steps, pct_start,
// anneal_strategy, cycle_momentum, base_momentum, max_momentum, div_factor, final_div_factor, three_phase.
#include <treino/scheduler.hpp>

namespace {

class OneCycle final : public treino::Scheduler {
 public:
  explicit OneCycle(const treino::Setup& setup)
      : host_(setup.host()),
        peak_(setup.find<double>("max_lr")),
        total_steps_(setup.find<std::uint64_t>("total_steps")),
        pct_start_(setup.get<double>("pct_start")),
        cosine_(setup.get<std::string>("anneal_strategy") == "cos"),
        cycles_momentum_(setup.get<bool>("cycle_momentum")),
        low_momentum_(setup.get<double>("base_momentum")),
        high_momentum_(setup.get<double>("max_momentum")),
        divisor_(setup.get<double>("div_factor")),
        final_divisor_(setup.get<double>("final_div_factor")),
        three_phase_(setup.get<bool>("three_phase")) {
    if (three_phase_ && pct_start_ > 0.5)
      throw std::invalid_argument("with three_phase two phases take pct_start of the steps each: give pct_start at most 0.5");
    if (high_momentum_ < low_momentum_) throw std::invalid_argument("max_momentum is below base_momentum: exchange them");
  }

  void prepare(const treino::SchedulePlan& plan) override {
    const std::uint64_t total = treino::total_steps(total_steps_, plan);
    total_ = static_cast<double>(total);
    if (plan.total > total)
      host_.warn("t continues to " + std::to_string(plan.total - 1) +
                 " and the cycle ends at total_steps = " + std::to_string(total) + ": from there the rate stays at its end");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double peak = peak_.value_or(base), start = peak / divisor_, end = start / final_divisor_;
    const double first = pct_start_ * total_ - 1, last = total_ - 1;
    const double now = std::min(static_cast<double>(t), last);
    if (now <= first) return between(start, peak, high_momentum_, low_momentum_, now, 0, first);
    if (!three_phase_) return between(peak, end, low_momentum_, high_momentum_, now, first, last);
    const double second = 2 * pct_start_ * total_ - 2;
    if (now <= second) return between(peak, start, low_momentum_, high_momentum_, now, first, second);
    return between(start, end, high_momentum_, high_momentum_, now, second, last);
  }

 private:
  /// The rate and momentum at `now` in a phase from `begin` to `end`; a phase without length is at its end.
  treino::LearningRate between(double rate, double to_rate, double momentum, double to_momentum, double now, double begin,
                               double end) const {
    const double share = end > begin ? (now - begin) / (end - begin) : 1;
    const double new_rate = anneal(rate, to_rate, share);
    if (!cycles_momentum_) return new_rate;
    return {new_rate, anneal(momentum, to_momentum, share)};
  }
  double anneal(double from, double to, double share) const {
    if (!cosine_) return (to - from) * share + from;
    return to + (from - to) / 2 * (std::cos(treino::pi * share) + 1);
  }

  treino::Host host_;
  std::optional<double> peak_;
  std::optional<std::uint64_t> total_steps_;
  double pct_start_;
  bool cosine_, cycles_momentum_;
  double low_momentum_, high_momentum_, divisor_, final_divisor_;
  bool three_phase_;
  double total_ = 1;
};

}  // namespace

TREINO_PLUGIN(OneCycle, R"toml(
kind = "scheduler"
id = "one_cycle"
version = "1.0.0"
summary = "One cycle over the whole run: up to max_lr, then down to almost zero."
unit = "step"
help = """
From max_lr / div_factor at t = 0 up to max_lr at pct_start * total_steps - 1, then down to max_lr / div_factor / final_div_factor at
total_steps - 1, each along half a cosine or a straight line; momentum from max_momentum to base_momentum and back. three_phase comes
down to max_lr / div_factor as fast as it went up, and anneals from there. After total_steps the rate stays at its end.
With max_lr 0.1 and total_steps 100: 0.004 at t = 0, 0.1 at 29, 0.0793894 at 50, 4e-7 at 99.
An optimizer without momentum needs cycle_momentum = false.
L. N. Smith, N. Topin, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates, arXiv 1708.07120; as
torch.optim.lr_scheduler.OneCycleLR."""
[parameters.max_lr]
type = "float"
above = 0.0
doc = "the rate at the peak; the base rate where it is not given"
[parameters.total_steps]
type = "int"
min = 1
max = 1000000000000
doc = "steps (or epochs, as `unit` says) of the cycle; the run's length where it is not given"
[parameters.pct_start]
type = "float"
default = 0.3
min = 0.0
max = 1.0
doc = "share of the steps that the way up takes; at most 0.5 with three_phase, where the way down takes as many"
[parameters.anneal_strategy]
type = "string"
default = "cos"
choices = ["cos", "linear"]
doc = "along half a cosine, or straight"
[parameters.cycle_momentum]
type = "bool"
default = true
doc = "false: leave the momentum as it is"
[parameters.base_momentum]
type = "float"
default = 0.85
min = 0.0
below = 1.0
doc = "momentum where the rate is highest"
[parameters.max_momentum]
type = "float"
default = 0.95
min = 0.0
below = 1.0
doc = "momentum where the rate is lowest"
[parameters.div_factor]
type = "float"
default = 25.0
above = 0.0
doc = "max_lr / rate at t = 0"
[parameters.final_div_factor]
type = "float"
default = 1e4
above = 0.0
doc = "rate at t = 0 / rate at the end"
[parameters.three_phase]
type = "bool"
default = false
doc = "true: down as fast as up, then the rest of the way"
)toml")
