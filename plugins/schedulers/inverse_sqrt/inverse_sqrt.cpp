// Inverse square root: up on a straight line for warmup_steps, then the base rate times sqrt(warmup_steps / t). As fairseq's
// inverse_sqrt. Parameters: warmup_steps, start_factor.
#include <treino/scheduler.hpp>

namespace {

class InverseSqrt final : public treino::Scheduler {
 public:
  explicit InverseSqrt(const treino::Setup& setup)
      : warmup_steps_(setup.get<std::uint64_t>("warmup_steps")), start_(setup.get<double>("start_factor")) {}

  void prepare(const treino::SchedulePlan& plan) override { treino::expect_room("warmup_steps", warmup_steps_, plan); }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double share = static_cast<double>(t) / static_cast<double>(warmup_steps_);
    return base * (t < warmup_steps_ ? start_ + (1 - start_) * share : 1 / std::sqrt(share));
  }

 private:
  std::uint64_t warmup_steps_;
  double start_;
};

}  // namespace

TREINO_PLUGIN(InverseSqrt, R"toml(
kind = "scheduler"
id = "inverse_sqrt"
version = "1.0.0"
summary = "Linear warm-up, then decay with 1 / sqrt(t)."
unit = "step"
help = """
rate = base * (start_factor + (1 - start_factor) * t / warmup_steps) while t < warmup_steps, base * sqrt(warmup_steps / t) after it
With base 1 and warmup_steps 100: 0.5 at t = 50, 1 at 100, 0.5 at 400. It needs no end, so a run can be prolonged.
As fairseq's inverse_sqrt, whose warmup_init_lr is base * start_factor."""
[parameters.warmup_steps]
type = "int"
default = 4000
min = 1
max = 1000000000000
doc = "steps (or epochs, as `unit` says) of the way up"
[parameters.start_factor]
type = "float"
default = 0.0
min = 0.0
doc = "of the base rate, at t = 0"
)toml")
