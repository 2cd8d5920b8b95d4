// Piecewise constant: the rates themselves, one for each stretch between boundaries. A boundary belongs to the stretch before it.
// As keras.optimizers.schedules.PiecewiseConstantDecay. Parameters: boundaries, values.
#include <treino/scheduler.hpp>

namespace {

class PiecewiseConstant final : public treino::Scheduler {
 public:
  explicit PiecewiseConstant(const treino::Setup& setup)
      : boundaries_(setup.get<std::vector<std::uint64_t>>("boundaries")), values_(setup.get<std::vector<double>>("values")) {
    if (values_.size() != boundaries_.size() + 1)
      throw std::invalid_argument(std::to_string(boundaries_.size()) + " boundaries need " +
                                  std::to_string(boundaries_.size() + 1) + " values, not " + std::to_string(values_.size()));
    treino::expect_in_order("boundaries", boundaries_);
  }

  void prepare(const treino::SchedulePlan& plan) override {
    if (!boundaries_.empty()) treino::expect_reached("boundaries", boundaries_.back(), plan);
  }

  treino::LearningRate learning_rate(std::uint64_t t, double) const override {
    const auto passed = std::lower_bound(boundaries_.begin(), boundaries_.end(), t) - boundaries_.begin();
    return values_[static_cast<std::size_t>(passed)];
  }

 private:
  std::vector<std::uint64_t> boundaries_;
  std::vector<double> values_;
};

}  // namespace

TREINO_PLUGIN(PiecewiseConstant, R"toml(
kind = "scheduler"
id = "piecewise_constant"
version = "1.0.0"
summary = "Fixed learning rate for each interval of the run."
unit = "step"
help = """
rate = values[0] while t <= boundaries[0], values[1] while t <= boundaries[1], ..., the last value after the last boundary
With boundaries [1000, 2000] and values [0.1, 0.05, 0.01]: 0.1 up to t = 1000, 0.05 from 1001, 0.01 from 2001.
As keras.optimizers.schedules.PiecewiseConstantDecay. multi_step multiplies the base rate instead."""
[parameters.boundaries]
type = "list"
items = "int"
required = true
min = 0
doc = "the last step (or epoch, as `unit` says) of each stretch but the last, in order"
[parameters.values]
type = "list"
items = "float"
required = true
min = 0.0
doc = "the rates, one more than boundaries"
)toml")
