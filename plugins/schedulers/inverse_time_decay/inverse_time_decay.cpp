// Inverse time decay: the rate divided by 1 + decay_rate * t / decay_steps, smoothly or, with staircase, in steps.
// As keras.optimizers.schedules.InverseTimeDecay. Parameters: decay_steps, decay_rate, staircase.
#include <treino/scheduler.hpp>

namespace {

class InverseTimeDecay final : public treino::Scheduler {
 public:
  explicit InverseTimeDecay(const treino::Setup& setup)
      : decay_steps_(setup.get<std::uint64_t>("decay_steps")),
        decay_rate_(setup.get<double>("decay_rate")),
        staircase_(setup.get<bool>("staircase")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double times =
        staircase_ ? static_cast<double>(t / decay_steps_) : static_cast<double>(t) / static_cast<double>(decay_steps_);
    return base / (1 + decay_rate_ * times);
  }

 private:
  std::uint64_t decay_steps_;
  double decay_rate_;
  bool staircase_;
};

}  // namespace

TREINO_PLUGIN(InverseTimeDecay, R"toml(
kind = "scheduler"
id = "inverse_time_decay"
version = "1.0.0"
summary = "Learning rate divided by 1 + decay_rate * t / decay_steps."
unit = "step"
help = """
rate = base / (1 + decay_rate * t / decay_steps), and with staircase = true: base / (1 + decay_rate * floor(t / decay_steps))
With base 0.1, decay_steps 10 and decay_rate 1: 0.1 at t = 0, 0.05 at 10, 0.0333 at 20.
As keras.optimizers.schedules.InverseTimeDecay, in double precision."""
[parameters.decay_steps]
type = "int"
required = true
min = 1
doc = "steps (or epochs, as `unit` says) between one and the next"
[parameters.decay_rate]
type = "float"
required = true
min = 0.0
doc = "what is added to the divisor every decay_steps"
[parameters.staircase]
type = "bool"
default = false
doc = "true: the rate falls once every decay_steps instead of a little at each t"
)toml")
