// A scheduler without state or parameters, over the C++ classes.
#include <treino/scheduler.hpp>

namespace {

class Halving final : public treino::Scheduler {
 public:
  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    return std::ldexp(base, -static_cast<int>(t));
  }
};

}  // namespace

TREINO_PLUGIN(Halving, R"toml(
kind = "scheduler"
id = "halving"
version = "1.0.0"
summary = "half the rate at each t"
unit = "epoch"
)toml")
