// A scheduler made of another one: half of what its stage says.
#include <treino/scheduler.hpp>

namespace {

class Halves final : public treino::Scheduler {
 public:
  explicit Halves(const treino::Setup& setup) : stage_(setup.host().child("scheduler", setup.value("stage"))) {}
  void prepare(const treino::SchedulePlan& plan) override { stage_.prepare(plan); }
  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    return 0.5 * stage_.learning_rate(t, base).learning_rate;
  }

 private:
  treino::SchedulerChild stage_;
};

}  // namespace

TREINO_PLUGIN(Halves, R"toml(
kind = "scheduler"
id = "halves"
version = "1.0.0"
summary = "half of another schedule"
unit = "epoch"
[parameters.stage]
type = "scheduler"
required = true
)toml")
