// Warm-up, then cosine down to a lowest rate: as get_cosine_with_min_lr_schedule_with_warmup of Hugging Face's transformers.
// Parameters: warmup_steps, total_steps, num_cycles, min_lr or min_lr_rate.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

namespace {

class CosineWithMinLr final : public treino::Scheduler {
 public:
  explicit CosineWithMinLr(const treino::Setup& setup)
      : warmup_steps_(setup.get<std::uint64_t>("warmup_steps")),
        given_(setup.find<std::uint64_t>("total_steps")),
        cycles_(setup.get<double>("num_cycles")),
        min_(setup.find<double>("min_lr")),
        min_share_(setup.find<double>("min_lr_rate")) {
    if (min_.has_value() == min_share_.has_value())
      throw std::invalid_argument("give one of min_lr (a rate) and min_lr_rate (a share of the base rate)");
  }

  void prepare(const treino::SchedulePlan& plan) override {
    total_ = treino::total_steps(given_, plan);
    if (warmup_steps_ >= total_)
      throw std::invalid_argument("warmup_steps = " + std::to_string(warmup_steps_) + " leaves nothing of " +
                                  std::to_string(total_) +
                                  ". Choose a smaller one, train longer, or change `unit`, which says what t counts");
    if (min_ && *min_ > plan.base && plan.base > 0)
      throw std::invalid_argument("min_lr = " + treino::short_text(*min_) + " is above the base rate " +
                                  treino::short_text(plan.base) + ": lower it, or raise the rate");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    if (t < warmup_steps_) return base * (static_cast<double>(t) / static_cast<double>(warmup_steps_));
    const double share = static_cast<double>(std::min(t, total_) - warmup_steps_) / static_cast<double>(total_ - warmup_steps_);
    const double low = min_ ? *min_ : base * *min_share_;
    return low + (base - low) * 0.5 * (1 + std::cos(2 * treino::pi * cycles_ * share));
  }

 private:
  std::uint64_t warmup_steps_;
  std::optional<std::uint64_t> given_;
  double cycles_;
  std::optional<double> min_, min_share_;
  std::uint64_t total_ = 1;
};

}  // namespace

TREINO_PLUGIN(CosineWithMinLr, R"toml(
kind = "scheduler"
id = "cosine_with_min_lr"
version = "1.0.0"
summary = "Linear warm-up, then a cosine to a minimum learning rate at the end of the run."
unit = "step"
help = """
rate = base * t / warmup_steps while t < warmup_steps, then low + (base - low) / 2 * (1 + cos(2 * pi * num_cycles * share)), where
share = (t - warmup_steps) / (total_steps - warmup_steps), at most 1, and low is min_lr, or base * min_lr_rate.
As get_cosine_with_min_lr_schedule_with_warmup of Hugging Face's transformers; after total_steps the rate stays."""
[parameters.warmup_steps]
type = "int"
default = 0
min = 0
doc = "steps (or epochs, as `unit` says) of the way up"
)toml" TREINO_TOTAL_STEPS_TOML R"toml(
[parameters.num_cycles]
type = "float"
default = 0.5
above = 0.0
max = 1e6
doc = "waves of the cosine: 0.5 goes down once"
[parameters.min_lr]
type = "float"
min = 0.0
doc = "the lowest rate"
[parameters.min_lr_rate]
type = "float"
min = 0.0
max = 1.0
doc = "the lowest rate, as a share of the base rate"
)toml")
