// Cyclical rate: up from min to max in step_size_up steps, down in step_size_down, again and again; the peaks stay (triangular),
// halve with each cycle (triangular2) or shrink by gamma with each step (exp_range). Momentum may run the other way round.
// L. N. Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017; as torch.optim.lr_scheduler.CyclicLR.
// Parameters: min, max, step_size_up, step_size_down, mode, gamma, min_momentum, max_momentum.
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

namespace {

class Cyclical final : public treino::Scheduler {
 public:
  explicit Cyclical(const treino::Setup& setup)
      : min_(setup.get<double>("min")),
        max_(setup.find<double>("max")),
        up_(setup.get<std::uint64_t>("step_size_up")),
        down_(setup.find<std::uint64_t>("step_size_down").value_or(up_)),
        mode_(setup.get<std::string>("mode")),
        gamma_(setup.find<double>("gamma")),
        min_momentum_(setup.find<double>("min_momentum")),
        max_momentum_(setup.find<double>("max_momentum")) {
    if (max_ && *max_ < min_)
      throw std::invalid_argument("max = " + treino::short_text(*max_) + " is below min = " + treino::short_text(min_) +
                                  ": exchange them");
    if (gamma_.has_value() != (mode_ == "exp_range"))
      throw std::invalid_argument("gamma and mode = \"exp_range\" go together: give both or neither");
    if (min_momentum_.has_value() != max_momentum_.has_value())
      throw std::invalid_argument("min_momentum and max_momentum go together: give both or neither");
    if (min_momentum_ && *max_momentum_ < *min_momentum_)
      throw std::invalid_argument("max_momentum is below min_momentum: exchange them");
  }

  treino::Rate rate(std::uint64_t t, double base) const override {
    const double height = triangle(t) * amplitude(t);
    const double rate = min_ + (max_.value_or(base) - min_) * height;
    if (!min_momentum_) return rate;
    return {rate, *max_momentum_ - (*max_momentum_ - *min_momentum_) * height};
  }

 private:
  /// 0 at both ends of a cycle, 1 at its peak.
  double triangle(std::uint64_t t) const {
    const std::uint64_t position = t % (up_ + down_);
    if (position <= up_) return static_cast<double>(position) / static_cast<double>(up_);
    return static_cast<double>(up_ + down_ - position) / static_cast<double>(down_);
  }
  double amplitude(std::uint64_t t) const {
    if (mode_ == "triangular2") return std::exp2(-static_cast<double>(t / (up_ + down_)));
    if (mode_ == "exp_range") return std::pow(*gamma_, static_cast<double>(t));
    return 1;
  }
  double min_;
  std::optional<double> max_;
  std::uint64_t up_, down_;
  std::string mode_;
  std::optional<double> gamma_, min_momentum_, max_momentum_;
};

}  // namespace

TREINO_PLUGIN(Cyclical, R"toml(
kind = "scheduler"
id = "cyclical"
version = "1.0.0"
summary = "up and down between min and the base rate, or max, with a straight line each way"
unit = "step"
help = """
cycle = floor(1 + t / (2 m)), x = t / m - 2 cycle + 1, rate = min + (max - min) * max(0, 1 - |x|) * a, with m = step_size_up and
a = 1 (triangular), 1 / 2^(cycle - 1) (triangular2), gamma^t (exp_range); step_size_down gives the way down a length of its own.
With min 0.001, max 0.1 and step_size_up 20: 0.001 at t = 0, 0.1 at 20, 0.001 at 40.
momentum = max_momentum - (max_momentum - min_momentum) * max(0, 1 - |x|) * a, where these two are given.
L. N. Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017 (arXiv 1506.01186)."""
[parameters.min]
type = "float"
required = true
min = 0.0
doc = "the rate at both ends of a cycle"
[parameters.max]
type = "float"
min = 0.0
doc = "the rate at the (first) peak; the base rate where it is not given"
[parameters.step_size_up]
type = "int"
default = 2000
min = 1
max = 1000000000000
doc = "steps (or epochs, as `unit` says) from min to max; 2 to 10 epochs' worth, says Smith"
[parameters.step_size_down]
type = "int"
min = 1
max = 1000000000000
doc = "steps from max to min; as step_size_up where it is not given"
[parameters.mode]
type = "string"
default = "triangular"
choices = ["triangular", "triangular2", "exp_range"]
doc = "how the peaks shrink: not, by half with each cycle, by gamma with each step"
[parameters.gamma]
type = "float"
above = 0.0
max = 1.0
doc = "exp_range: factor of the peak's height a step"
[parameters.min_momentum]
type = "float"
min = 0.0
below = 1.0
doc = "momentum where the rate is highest; momentum is left alone where it is not given"
[parameters.max_momentum]
type = "float"
min = 0.0
below = 1.0
doc = "momentum where the rate is lowest"
)toml")
