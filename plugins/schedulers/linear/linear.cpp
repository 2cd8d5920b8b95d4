// Linear change: from start_factor to end_factor of the rate in total_iters epochs, on a straight line, and then it stays.
// As the closed form of torch.optim.lr_scheduler.LinearLR. Parameters: start_factor, end_factor, total_iters.
#include <treino/scheduler.hpp>

namespace {

class Linear final : public treino::Scheduler {
 public:
  explicit Linear(const treino::Setup& setup)
      : start_(setup.get<double>("start_factor")),
        end_(setup.get<double>("end_factor")),
        total_iters_(setup.get<std::uint64_t>("total_iters")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const auto passed = static_cast<double>(std::min(t, total_iters_));
    return base * (start_ + (end_ - start_) * passed / static_cast<double>(total_iters_));
  }

 private:
  double start_, end_;
  std::uint64_t total_iters_;
};

}  // namespace

TREINO_PLUGIN(Linear, R"toml(
kind = "scheduler"
id = "linear"
version = "1.0.0"
summary = "Linear change from start_factor to end_factor of the learning rate."
unit = "epoch"
help = """
rate = base * (start_factor + (end_factor - start_factor) * min(t, total_iters) / total_iters)
With base 0.06, start_factor 0.5 and total_iters 4: 0.03, 0.0375, 0.045, 0.0525, and 0.06 from t = 4.
As the closed form of torch.optim.lr_scheduler.LinearLR, whose recursion drifts by some units of the 15th digit."""
[parameters.start_factor]
type = "float"
default = 0.3333333333333333
min = 0.0
doc = "of the base rate, at t = 0"
[parameters.end_factor]
type = "float"
default = 1.0
min = 0.0
doc = "of the base rate, from t = total_iters on"
[parameters.total_iters]
type = "int"
default = 5
min = 1
doc = "epochs (or steps, as `unit` says) from one to the other"
)toml")
