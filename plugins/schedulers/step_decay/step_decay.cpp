// Step decay: the rate is multiplied by gamma once every step_size epochs, and stays in between.
// As torch.optim.lr_scheduler.StepLR. Parameters: step_size, gamma.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

namespace {

class StepDecay final : public treino::Scheduler {
 public:
  explicit StepDecay(const treino::Setup& setup)
      : step_size_(setup.get<std::uint64_t>("step_size")), gamma_(setup.get<double>("gamma")) {}

  void prepare(const treino::SchedulePlan& plan) override {
    if (plan.total > 0 && !std::isfinite(learning_rate(plan.total - 1, plan.base).learning_rate))
      throw std::invalid_argument(
          "gamma = " + treino::short_text(gamma_) +
          " grows the rate beyond all bounds before the run ends: choose gamma nearer to 1 or a larger step_size");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    return base * std::pow(gamma_, static_cast<double>(t / step_size_));
  }

 private:
  std::uint64_t step_size_;
  double gamma_;
};

}  // namespace

TREINO_PLUGIN(StepDecay, R"toml(
kind = "scheduler"
id = "step_decay"
version = "1.0.0"
summary = "Learning rate times gamma, once every step_size epochs."
unit = "epoch"
help = """
rate = base * gamma ^ floor(t / step_size)
With base 0.1, gamma 0.1 and step_size 30: 0.1 up to t = 29, 0.01 from 30, 0.001 from 60.
As torch.optim.lr_scheduler.StepLR."""
[parameters.step_size]
type = "int"
required = true
min = 1
doc = "epochs (or steps, as `unit` says) between two drops"
[parameters.gamma]
type = "float"
default = 0.1
above = 0.0
doc = "factor at each drop; above 1 the rate grows"
)toml")
