// Constant factor: the rate times factor for the first total_iters epochs, then the rate itself.
// As torch.optim.lr_scheduler.ConstantLR. Parameters: factor, total_iters.
#include <treino/scheduler.hpp>

namespace {

class Constant final : public treino::Scheduler {
 public:
  explicit Constant(const treino::Setup& setup)
      : factor_(setup.get<double>("factor")), total_iters_(setup.get<std::uint64_t>("total_iters")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    return t < total_iters_ ? base * factor_ : base;
  }

 private:
  double factor_;
  std::uint64_t total_iters_;
};

}  // namespace

TREINO_PLUGIN(Constant, R"toml(
kind = "scheduler"
id = "constant"
version = "1.0.0"
summary = "Learning rate times a factor for the first total_iters epochs."
unit = "epoch"
help = """
rate = base * factor while t < total_iters, base from then on
With base 0.3 and the defaults: 0.1 up to t = 4, 0.3 from 5.
As torch.optim.lr_scheduler.ConstantLR."""
[parameters.factor]
type = "float"
default = 0.3333333333333333
min = 0.0
doc = "of the base rate, at first"
[parameters.total_iters]
type = "int"
default = 5
min = 1
doc = "epochs (or steps, as `unit` says) with the factor"
)toml")
