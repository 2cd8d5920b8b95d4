// Cosine decay: half a cosine from the base rate down to alpha of it; before it, if wanted, a straight line up to warmup_target.
// As keras.optimizers.schedules.CosineDecay. Parameters: decay_steps, alpha, warmup_target, warmup_steps.
#include <treino/scheduler.hpp>

namespace {

class CosineDecay final : public treino::Scheduler {
 public:
  explicit CosineDecay(const treino::Setup& setup)
      : decay_steps_(setup.get<std::uint64_t>("decay_steps")),
        warmup_steps_(setup.get<std::uint64_t>("warmup_steps")),
        alpha_(setup.get<double>("alpha")),
        target_(setup.find<double>("warmup_target")) {
    if (target_.has_value() != (warmup_steps_ > 0))
      throw std::invalid_argument("warmup_target and warmup_steps go together: give both or neither");
  }

  void prepare(const treino::SchedulePlan& plan) override {
    if (target_) treino::expect_room("warmup_steps", warmup_steps_, plan);
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    if (t < warmup_steps_) return base + (*target_ - base) * (static_cast<double>(t) / static_cast<double>(warmup_steps_));
    const double share = static_cast<double>(std::min(t - warmup_steps_, decay_steps_)) / static_cast<double>(decay_steps_);
    const double cosine = 0.5 * (1 + std::cos(treino::pi * share));
    return target_.value_or(base) * ((1 - alpha_) * cosine + alpha_);
  }

 private:
  std::uint64_t decay_steps_, warmup_steps_;
  double alpha_;
  std::optional<double> target_;
};

}  // namespace

TREINO_PLUGIN(CosineDecay, R"toml(
kind = "scheduler"
id = "cosine_decay"
version = "1.0.0"
summary = "Cosine decay to a share of the learning rate, after an optional warm-up."
unit = "step"
help = """
rate = top * ((1 - alpha) / 2 * (1 + cos(pi * min(t', decay_steps) / decay_steps)) + alpha)
Without a warm-up top is the base rate and t' is t. With it the rate continues a straight line from the base rate to warmup_target in
warmup_steps, top is warmup_target, and t' = t - warmup_steps.
As keras.optimizers.schedules.CosineDecay, in double precision."""
[parameters.decay_steps]
type = "int"
required = true
min = 1
doc = "steps (or epochs, as `unit` says) of the way down, without the warm-up"
[parameters.alpha]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "where it ends, as a share of the top"
[parameters.warmup_target]
type = "float"
min = 0.0
doc = "the rate after the warm-up"
[parameters.warmup_steps]
type = "int"
default = 0
min = 0
doc = "steps of the warm-up"
)toml")
