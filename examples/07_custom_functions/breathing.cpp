// A scheduler of your own: the rate swings round what it would be. In Lua it is one line, without a compiler:
//   plugin = "lambda", lr_lambda = "1 + 0.5 * sin(2 * pi * t / 20)"
#include <treino/scheduler.hpp>

namespace {

class Breathing final : public treino::Scheduler {
 public:
  explicit Breathing(const treino::Setup& setup) : depth_(setup.get<double>("depth")), period_(setup.get<double>("period")) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    return base * (1 + depth_ * std::sin(2 * treino::pi * static_cast<double>(t) / period_));
  }

 private:
  double depth_, period_;
};

}  // namespace

TREINO_PLUGIN(Breathing, R"toml(
kind = "scheduler"
id = "breathing"
version = "1.0.0"
summary = "the rate swings round what it would be"
unit = "epoch"
parameters.depth = { type = "float", default = 0.5, min = 0.0, max = 1.0, doc = "how far, as a share of the rate" }
parameters.period = { type = "float", default = 20.0, above = 0.0, doc = "epochs (or steps, as `unit` says) of a swing" }
)toml")
