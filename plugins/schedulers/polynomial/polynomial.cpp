// Polynomial decay to nothing: the rate times (1 - t / total_iters) to a power.
// As the closed form of torch.optim.lr_scheduler.PolynomialLR. Parameters: total_iters, power.
#include <treino/scheduler.hpp>

namespace {

class Polynomial final : public treino::Scheduler {
 public:
  explicit Polynomial(const treino::Setup& setup)
      : total_iters_(setup.get<std::uint64_t>("total_iters")), power_(setup.get<double>("power")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double share = static_cast<double>(std::min(t, total_iters_)) / static_cast<double>(total_iters_);
    return base * std::pow(1 - share, power_);
  }

 private:
  std::uint64_t total_iters_;
  double power_;
};

}  // namespace

TREINO_PLUGIN(Polynomial, R"toml(
kind = "scheduler"
id = "polynomial"
version = "1.0.0"
summary = "Polynomial decay from the base learning rate to 0."
unit = "epoch"
help = """
rate = base * (1 - min(t, total_iters) / total_iters) ^ power
With base 0.001, total_iters 4 and power 1: 0.001, 0.00075, 0.0005, 0.00025, and 0 from t = 4. polynomial_decay ends above 0.
As the closed form of torch.optim.lr_scheduler.PolynomialLR, whose recursion drifts."""
[parameters.total_iters]
type = "int"
default = 5
min = 1
doc = "epochs (or steps, as `unit` says) until the rate is 0"
[parameters.power]
type = "float"
default = 1.0
above = 0.0
doc = "1: a straight line; larger: steep at first"
)toml")
