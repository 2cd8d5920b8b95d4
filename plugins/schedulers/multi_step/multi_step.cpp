// Multi-step decay: the rate is multiplied by gamma at each milestone, and stays in between.
// As torch.optim.lr_scheduler.MultiStepLR. Parameters: milestones, gamma.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

namespace {

class MultiStep final : public treino::Scheduler {
 public:
  explicit MultiStep(const treino::Setup& setup)
      : milestones_(setup.get<std::vector<std::uint64_t>>("milestones")), gamma_(setup.get<double>("gamma")) {
    if (milestones_.empty()) throw std::invalid_argument("milestones is empty: give at least one, or leave the scheduler out");
    treino::expect_in_order("milestones", milestones_);
  }

  void prepare(const treino::SchedulePlan& plan) override {
    treino::expect_reached("milestones", milestones_.back(), plan);
    if (!std::isfinite(learning_rate(milestones_.back(), plan.base).learning_rate))
      throw std::invalid_argument("gamma = " + treino::short_text(gamma_) +
                                  " grows the rate beyond all bounds: choose gamma nearer to 1, or fewer milestones");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const auto passed = std::upper_bound(milestones_.begin(), milestones_.end(), t) - milestones_.begin();
    return base * std::pow(gamma_, static_cast<double>(passed));
  }

 private:
  std::vector<std::uint64_t> milestones_;
  double gamma_;
};

}  // namespace

TREINO_PLUGIN(MultiStep, R"toml(
kind = "scheduler"
id = "multi_step"
version = "1.0.0"
summary = "Learning rate times gamma at each milestone."
unit = "epoch"
help = """
rate = base * gamma ^ (number of milestones <= t)
With base 0.1, gamma 0.1 and milestones [30, 80]: 0.1 up to t = 29, 0.01 from 30, 0.001 from 80. A milestone that is given twice
counts twice; one that the run does not reach is an error.
As torch.optim.lr_scheduler.MultiStepLR."""
[parameters.milestones]
type = "list"
items = "int"
required = true
min = 1
doc = "epochs (or steps, as `unit` says) from which the rate is lower, in order"
[parameters.gamma]
type = "float"
default = 0.1
above = 0.0
doc = "factor at each milestone; above 1 the rate grows"
)toml")
