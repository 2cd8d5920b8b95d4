// A scheduler and a loss that answer with values which are none.
#include <treino/loss.hpp>
#include <treino/scheduler.hpp>

namespace {

class BadMomentum final : public treino::Scheduler {
 public:
  explicit BadMomentum(const treino::Setup& setup) : momentum_(setup.get<double>("momentum")) {}
  treino::LearningRate learning_rate(std::uint64_t, double base) const override { return {base, momentum_}; }

 private:
  double momentum_;
};

/// Halves a child's rate; what a child does wrong comes back as its failure.
class Parent final : public treino::Scheduler {
 public:
  explicit Parent(const treino::Setup& setup) : child_(setup.host().child("scheduler", setup.value("of"))) {}
  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    treino_schedule_value value{base, std::nan("")};
    treino::detail::ErrorText text;
    text.check(static_cast<const treino_scheduler*>(child_.functions)->learning_rate(child_.self, t, base, &value, &text.error));
    return value.learning_rate / 2;
  }

 private:
  treino::Child child_;
};

}  // namespace

TREINO_COMPONENT_AS(momentum, BadMomentum, R"toml(
kind = "scheduler"
id = "bad_momentum"
version = "1.0.0"
summary = "gives a momentum"
unit = "step"
[parameters.momentum]
type = "float"
required = true
)toml")
TREINO_COMPONENT_AS(parent, Parent, R"toml(
kind = "scheduler"
id = "parent"
version = "1.0.0"
summary = "half of another"
unit = "step"
[parameters.of]
type = "scheduler"
required = true
)toml")
TREINO_LIBRARY(&momentum_component, &parent_component)
