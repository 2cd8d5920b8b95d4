// Polynomial decay: a power of the time left, from the base rate to end_learning_rate; with cycle, up again and over a longer
// time. As keras.optimizers.schedules.PolynomialDecay. Parameters: decay_steps, end_learning_rate, power, cycle.
#include <treino/scheduler.hpp>

namespace {

class PolynomialDecay final : public treino::Scheduler {
 public:
  explicit PolynomialDecay(const treino::Setup& setup)
      : decay_steps_(setup.get<std::uint64_t>("decay_steps")),
        end_(setup.get<double>("end_learning_rate")),
        power_(setup.get<double>("power")),
        cycle_(setup.get<bool>("cycle")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    std::uint64_t now = t;
    double length = static_cast<double>(decay_steps_);
    if (!cycle_)
      now = std::min(t, decay_steps_);
    else if (t > 0)
      length *= static_cast<double>((t - 1) / decay_steps_ + 1);  // t / decay_steps rounded up
    return end_ + (base - end_) * std::pow((length - static_cast<double>(now)) / length, power_);
  }

 private:
  std::uint64_t decay_steps_;
  double end_, power_;
  bool cycle_;
};

}  // namespace

TREINO_PLUGIN(PolynomialDecay, R"toml(
kind = "scheduler"
id = "polynomial_decay"
version = "1.0.0"
summary = "Polynomial decay from the base learning rate to end_learning_rate."
unit = "step"
help = """
rate = end_learning_rate + (base - end_learning_rate) * (1 - min(t, decay_steps) / decay_steps) ^ power
cycle = true takes decay_steps * max(1, ceil(t / decay_steps)) for decay_steps and t for min(t, decay_steps): after each end the rate
jumps up, less each time, and falls over a longer time.
As keras.optimizers.schedules.PolynomialDecay, in double precision."""
[parameters.decay_steps]
type = "int"
required = true
min = 1
doc = "steps (or epochs, as `unit` says) until the end"
[parameters.end_learning_rate]
type = "float"
default = 0.0001
min = 0.0
doc = "the rate at the end"
[parameters.power]
type = "float"
default = 1.0
above = 0.0
doc = "1: a straight line; larger: steep at first"
[parameters.cycle]
type = "bool"
default = false
doc = "true: begin again, over a longer time, after each end"
)toml")
