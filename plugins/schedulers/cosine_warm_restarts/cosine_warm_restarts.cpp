// Cosine annealing with warm restarts: half a cosine from the base rate down to eta_min, then at once back to the base rate; each
// cycle t_mult times as long as the one before. I. Loshchilov, F. Hutter, SGDR, ICLR 2017.
// As torch.optim.lr_scheduler.CosineAnnealingWarmRestarts. Parameters: t_0, t_mult, eta_min.
#include <treino/scheduler.hpp>

namespace {

class CosineWarmRestarts final : public treino::Scheduler {
 public:
  explicit CosineWarmRestarts(const treino::Setup& setup)
      : first_(setup.get<std::uint64_t>("t_0")),
        multiplier_(setup.get<std::uint64_t>("t_mult")),
        min_(setup.get<double>("eta_min")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    std::uint64_t length = first_;
    double cycle = static_cast<double>(first_);  // the same, also where it is more than can be counted
    if (multiplier_ == 1) {
      t %= length;
    } else {
      // In whole numbers, since a logarithm would now and then be off by one cycle. Lengths at least double: at most 64 rounds.
      while (t >= length) {
        t -= length;
        cycle *= static_cast<double>(multiplier_);
        if (length > std::numeric_limits<std::uint64_t>::max() / multiplier_) break;  // no t reaches its end
        length *= multiplier_;
      }
    }
    const double angle = treino::pi * static_cast<double>(t) / cycle;
    return min_ + 0.5 * (base - min_) * (1 + std::cos(angle));
  }

 private:
  std::uint64_t first_, multiplier_;
  double min_;
};

}  // namespace

TREINO_PLUGIN(CosineWarmRestarts, R"toml(
kind = "scheduler"
id = "cosine_warm_restarts"
version = "1.0.0"
summary = "Cosine annealing to eta_min with warm restarts."
unit = "epoch"
help = """
rate = eta_min + (base - eta_min) / 2 * (1 + cos(pi * t' / length)), with t' counted from the beginning of the cycle; cycle n
(from 0) has length t_0 * t_mult ^ n.
With base 1, t_0 2 and t_mult 2: 1, 0.5 | 1, 0.854, 0.5, 0.146 | 1, ... The cycle is found in whole numbers, right at any t.
I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017; as
torch.optim.lr_scheduler.CosineAnnealingWarmRestarts."""
[parameters.t_0]
type = "int"
required = true
min = 1
max = 1000000000000
doc = "epochs (or steps, as `unit` says) of the first cycle"
[parameters.t_mult]
type = "int"
default = 1
min = 1
max = 1000000
doc = "how many times as long each next cycle is"
[parameters.eta_min]
type = "float"
default = 0.0
min = 0.0
doc = "where each cycle would end; above the base rate it makes each cycle rise"
)toml")
