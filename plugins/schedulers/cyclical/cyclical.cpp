// Cyclical rate: up from min to max in step_size_up steps, down in step_size_down, again and again (or down first, or along half
// cosines, or each cycle longer than the last); the peaks stay (triangular), halve with each cycle (triangular2), shrink by gamma
// with each step (exp_range), or follow a function in Lua (scale_fn). Momentum may run the other way round. L. N. Smith, Cyclical
// Learning Rates for Training Neural Networks, WACV 2017; as torch.optim.lr_scheduler.CyclicLR. Parameters: min (base_lr), max
// (max_lr), step_size_up, step_size_down, start_at, shape, cycle_mult, mode, gamma, scale_fn, scale_mode, min_momentum
// (base_momentum), max_momentum.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

#include "shared/lua/lua_function.hpp"

namespace {

class Cyclical final : public treino::Scheduler {
 public:
  explicit Cyclical(const treino::Setup& setup)
      : max_(either(setup, "max", "max_lr")),
        up_(setup.get<std::uint64_t>("step_size_up")),
        down_(setup.find<std::uint64_t>("step_size_down").value_or(up_)),
        down_first_(setup.get<std::string>("start_at") == "max"),
        cosine_(setup.get<std::string>("shape") == "cosine"),
        longer_(setup.get<double>("cycle_mult")),
        mode_(setup.get<std::string>("mode")),
        gamma_(setup.find<double>("gamma")),
        by_cycle_(setup.find<std::string>("scale_mode").value_or("cycle") == "cycle"),
        min_momentum_(either(setup, "min_momentum", "base_momentum")),
        max_momentum_(setup.find<double>("max_momentum")) {
    const std::optional<double> min = either(setup, "min", "base_lr");
    if (!min) throw std::invalid_argument("min, the rate at both ends of a cycle, has to be given");
    min_ = *min;
    if (max_ && *max_ < min_)
      throw std::invalid_argument("max = " + treino::short_text(*max_) + " is below min = " + treino::short_text(min_) +
                                  ": exchange them");
    if (gamma_.has_value() != (mode_ == "exp_range"))
      throw std::invalid_argument("gamma and mode = \"exp_range\" go together: give both or neither");
    if (min_momentum_.has_value() != max_momentum_.has_value())
      throw std::invalid_argument("min_momentum and max_momentum go together: give both or neither");
    if (min_momentum_ && *max_momentum_ < *min_momentum_)
      throw std::invalid_argument("max_momentum is below min_momentum: exchange them");
    if (setup.has("scale_mode") && !setup.has("scale_fn"))
      throw std::invalid_argument("scale_mode says what scale_fn is a function of: give scale_fn, or leave scale_mode out");
    if (!setup.has("scale_fn")) return;
    if (mode_ != "triangular")
      throw std::invalid_argument("scale_fn takes the place of mode = \"" + mode_ + "\": leave one of them out");
    scale_.emplace(setup.get<std::string>("scale_fn"), std::vector<std::string>{"x"}, "scale_fn");
  }

  /// Tries scale_fn at the ends of the run.
  void prepare(const treino::SchedulePlan& plan) override {
    if (!scale_) return;
    expect_scale(0);
    if (plan.total > 0) expect_scale(plan.total - 1);
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const Place place = place_of(t);
    const double height = height_at(place.position) * amplitude(t, place.cycle);
    const double rate = min_ + (max_.value_or(base) - min_) * height;
    if (!min_momentum_) return rate;
    return {rate, *max_momentum_ - (*max_momentum_ - *min_momentum_) * height};
  }

 private:
  /// Number of the cycle, from 0, and what of it has passed, in steps of the first cycle.
  struct Place {
    double cycle, position;
  };

  static std::optional<double> either(const treino::Setup& setup, const char* name, const char* name_in_torch) {
    if (setup.has(name) && setup.has(name_in_torch))
      throw std::invalid_argument(std::string(name) + " and " + name_in_torch +
                                  " are two names of the same bound: give one of them");
    return setup.find<double>(setup.has(name) ? name : name_in_torch);
  }

  Place place_of(std::uint64_t t) const {
    const std::uint64_t length = up_ + down_;
    if (longer_ == 1) return {static_cast<double>(t / length), static_cast<double>(t % length)};
    const double now = static_cast<double>(t) / static_cast<double>(length);  // in lengths of the first cycle
    double cycle = std::floor(std::log1p(now * (longer_ - 1)) / std::log(longer_));
    // The logarithm may be off by one at a cycle's border.
    while (cycle > 0 && now < begin(cycle)) --cycle;
    while (now >= begin(cycle + 1)) ++cycle;
    return {cycle, (now - begin(cycle)) / std::pow(longer_, cycle) * static_cast<double>(length)};
  }
  double begin(double cycle) const { return (std::pow(longer_, cycle) - 1) / (longer_ - 1); }

  /// 0 where the rate is min, 1 where it is max.
  double height_at(double position) const {
    const auto up = static_cast<double>(up_), down = static_cast<double>(down_);
    double height = 0;
    if (down_first_) {
      height = position <= down ? 1 - position / down : (position - down) / up;
    } else {
      height = position <= up ? position / up : (up + down - position) / down;
    }
    return cosine_ ? 0.5 * (1 - std::cos(treino::pi * height)) : height;
  }
  double amplitude(std::uint64_t t, double cycle) const {
    if (scale_) return by_cycle_ ? (*scale_)({static_cast<std::uint64_t>(cycle) + 1}) : (*scale_)({t});
    if (mode_ == "triangular2") return std::exp2(-cycle);
    if (mode_ == "exp_range") return std::pow(*gamma_, static_cast<double>(t));
    return 1;
  }
  void expect_scale(std::uint64_t t) const {
    const double value = amplitude(t, place_of(t).cycle);
    if (!std::isfinite(value) || value < 0)
      throw std::invalid_argument("scale_fn gives " + treino::short_text(value) + " at t = " + std::to_string(t) +
                                  "; a peak's factor is a finite number and not negative");
  }

  double min_ = 0;
  std::optional<double> max_;
  std::uint64_t up_, down_;
  bool down_first_, cosine_;
  double longer_;
  std::string mode_;
  std::optional<double> gamma_;
  bool by_cycle_;
  std::optional<treino::LuaFunction> scale_;
  std::optional<double> min_momentum_, max_momentum_;
};

}  // namespace

TREINO_PLUGIN(Cyclical, R"toml(
kind = "scheduler"
id = "cyclical"
version = "1.1.0"
summary = "Cyclical learning rate between min and the base learning rate, or max."
unit = "step"
help = """
cycle = floor(1 + t / (2 m)), x = t / m - 2 cycle + 1, rate = min + (max - min) * max(0, 1 - |x|) * a, with m = step_size_up and
a = 1 (triangular), 1 / 2^(cycle - 1) (triangular2), gamma^t (exp_range); step_size_down gives the way down a length of its own.
With min 0.001, max 0.1 and step_size_up 20: 0.001 at t = 0, 0.1 at 20, 0.001 at 40.
start_at = "max" begins at the peak and goes down first. shape = "cosine" puts (1 - cos(pi * h)) / 2 in place of the height
h = max(0, 1 - |x|). cycle_mult makes cycle n, from 0, cycle_mult ^ n times as long as the first.
scale_fn gives a, in Lua 5.4: an expression in x, "1 / x", or function(x) ... end. x is the number of the cycle, from 1, or with
scale_mode = "iterations" t. It is tried at the first and the last t before the run.
momentum = max_momentum - (max_momentum - min_momentum) * h * a, where these two are given.
L. N. Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017 (arXiv 1506.01186)."""
[parameters.min]
type = "float"
min = 0.0
doc = "the rate at both ends of a cycle; required"
[parameters.base_lr]
type = "float"
min = 0.0
doc = "torch's name of min"
[parameters.max]
type = "float"
min = 0.0
doc = "the rate at the (first) peak; the base rate where it is not given"
[parameters.max_lr]
type = "float"
min = 0.0
doc = "torch's name of max"
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
[parameters.start_at]
type = "string"
default = "min"
choices = ["min", "max"]
doc = "min: up, then down; max: down, then up"
[parameters.shape]
type = "string"
default = "linear"
choices = ["linear", "cosine"]
doc = "straight, or along half a cosine"
[parameters.cycle_mult]
type = "float"
default = 1.0
min = 1.0
max = 1e6
doc = "how many times as long each next cycle is"
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
[parameters.scale_fn]
type = "string"
doc = "factor of the peak's height, in place of mode: an expression in x, or function(x) ... end, in Lua"
[parameters.scale_mode]
type = "string"
choices = ["cycle", "iterations"]
doc = "what x is in scale_fn: the number of the cycle, from 1, or t; cycle where it is not given"
[parameters.min_momentum]
type = "float"
min = 0.0
below = 1.0
doc = "momentum where the rate is highest; momentum is left alone where it is not given"
[parameters.base_momentum]
type = "float"
min = 0.0
below = 1.0
doc = "torch's name of min_momentum"
[parameters.max_momentum]
type = "float"
min = 0.0
below = 1.0
doc = "momentum where the rate is lowest"
)toml")
