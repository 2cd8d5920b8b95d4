// Warm-up: the rate grows from start_factor of what it would be to the whole, and from then on is left alone. A factor, so that
// any other scheduler can stand before or after it. P. Goyal et al., Accurate, Large Minibatch SGD, arXiv 1706.02677,
// section 2.2. Parameters: steps, start_factor, shape.
#include <treino/scheduler.hpp>

namespace {

class Warmup final : public treino::Scheduler {
 public:
  explicit Warmup(const treino::Setup& setup)
      : steps_(setup.get<std::uint64_t>("steps")),
        start_(setup.get<double>("start_factor")),
        shape_(setup.get<std::string>("shape")) {
    if (shape_ == "exponential" && start_ == 0)
      throw std::invalid_argument("an exponential warm-up cannot begin at 0: give start_factor, 0.001 say");
  }

  void prepare(const treino::SchedulePlan& plan) override { treino::expect_room("steps", steps_, plan); }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override { return t < steps_ ? base * factor(t) : base; }

 private:
  double factor(std::uint64_t t) const {
    const double share = static_cast<double>(t) / static_cast<double>(steps_);
    if (shape_ == "exponential") return std::pow(start_, 1 - share);
    return start_ + (1 - start_) * (shape_ == "cosine" ? 0.5 * (1 - std::cos(treino::pi * share)) : share);
  }

  std::uint64_t steps_;
  double start_;
  std::string shape_;
};

}  // namespace

TREINO_PLUGIN(Warmup, R"toml(
kind = "scheduler"
id = "warmup"
version = "1.0.0"
summary = "Warm-up of the learning rate before any other scheduler."
unit = "step"
help = """
rate = base * f(t / steps) while t < steps, base from then on, where f(x) is
  start_factor + (1 - start_factor) * x                        linear
  start_factor + (1 - start_factor) * (1 - cos(pi * x)) / 2    cosine
  start_factor ^ (1 - x)                                       exponential
With steps 4 and start_factor 0: 0, 1/4, 1/2, 3/4, and the whole rate from t = 4.
As a section of its own it is a factor on what the other schedulers give, which run meanwhile; inside a sequential, the next stage
begins at its t = 0 when the warm-up is over. reduce_lr_on_plateau may act during it.
P. Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, arXiv 1706.02677."""
[parameters.steps]
type = "int"
required = true
min = 1
doc = "steps (or epochs, as `unit` says) until the full rate"
[parameters.start_factor]
type = "float"
default = 0.0
min = 0.0
doc = "of the rate, at t = 0"
[parameters.shape]
type = "string"
default = "linear"
choices = ["linear", "cosine", "exponential"]
doc = "the way up"
)toml")
