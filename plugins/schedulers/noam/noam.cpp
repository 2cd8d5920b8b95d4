// The Transformer's schedule: up on a straight line for warmup_steps, then down with one over the root of the step.
// A. Vaswani et al., Attention Is All You Need, NeurIPS 2017, section 5.3. Parameters: warmup_steps, model_size.
#include <treino/scheduler.hpp>

namespace {

class Noam final : public treino::Scheduler {
 public:
  explicit Noam(const treino::Setup& setup)
      : warmup_steps_(static_cast<double>(setup.get<std::uint64_t>("warmup_steps"))),
        scale_(setup.has("model_size") ? 1 / std::sqrt(setup.get<double>("model_size")) : std::sqrt(warmup_steps_)) {}

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double step = static_cast<double>(t) + 1;  // the paper counts from 1
    return base * (scale_ * std::min(1 / std::sqrt(step), step / (warmup_steps_ * std::sqrt(warmup_steps_))));
  }

 private:
  double warmup_steps_, scale_;
};

}  // namespace

TREINO_PLUGIN(Noam, R"toml(
kind = "scheduler"
id = "noam"
version = "1.0.0"
summary = "The Transformer's schedule: linear warm-up, then decay with 1 / sqrt(t)."
unit = "step"
help = """
rate = base * scale * min((t + 1) ^ -0.5, (t + 1) * warmup_steps ^ -1.5)
With model_size scale is model_size ^ -0.5, as in the paper, where base is 1. Without it scale is warmup_steps ^ 0.5, so that the
highest rate, at t + 1 = warmup_steps, is the base rate.
A. Vaswani et al., Attention Is All You Need, NeurIPS 2017, arXiv 1706.03762."""
[parameters.warmup_steps]
type = "int"
default = 4000
min = 1
max = 1000000000000
doc = "steps (or epochs, as `unit` says) of the way up"
[parameters.model_size]
type = "int"
min = 1
max = 1000000000
doc = "width of the model (512 in the paper); not given: the highest rate is the base rate"
)toml")
