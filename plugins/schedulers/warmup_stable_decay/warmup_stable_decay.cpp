// Warm-up, stable, decay: a straight line up, the base rate for most of the run, and a short decay to its end. The decay can
// begin late and anywhere, so that one long run gives models of many lengths. S. Hu et al., MiniCPM, arXiv 2404.06395; the shape
// sqrt: A. Hägele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, arXiv 2405.18392.
// Parameters: warmup_steps, decay_steps, total_steps, decay, min_factor.
#include <treino/scheduler.hpp>

namespace {

class WarmupStableDecay final : public treino::Scheduler {
 public:
  explicit WarmupStableDecay(const treino::Setup& setup)
      : warmup_steps_(setup.get<std::uint64_t>("warmup_steps")),
        decay_steps_(setup.get<std::uint64_t>("decay_steps")),
        given_(setup.find<std::uint64_t>("total_steps")),
        min_factor_(setup.get<double>("min_factor")),
        shape_(setup.get<std::string>("decay")) {}

  void prepare(const treino::SchedulePlan& plan) override {
    total_ = treino::total_steps(given_, plan);
    if (total_ < decay_steps_ || total_ - decay_steps_ < warmup_steps_)
      throw std::invalid_argument("warmup_steps = " + std::to_string(warmup_steps_) + " and decay_steps = " +
                                  std::to_string(decay_steps_) + " do not fit into " + std::to_string(total_) +
                                  ". Choose smaller ones, train longer, or change `unit`, which says what t counts");
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    if (t < warmup_steps_) return base * (static_cast<double>(t) / static_cast<double>(warmup_steps_));
    const std::uint64_t begin = total_ - decay_steps_;
    if (t < begin) return base;
    const double share = static_cast<double>(std::min(t - begin, decay_steps_)) / static_cast<double>(decay_steps_);
    return base * (min_factor_ + (1 - min_factor_) * left(share));
  }

 private:
  /// From 1 to 0.
  double left(double share) const {
    if (shape_ == "cosine") return 0.5 * (1 + std::cos(treino::pi * share));
    return 1 - (shape_ == "sqrt" ? std::sqrt(share) : share);
  }

  std::uint64_t warmup_steps_, decay_steps_;
  std::optional<std::uint64_t> given_;
  double min_factor_;
  std::string shape_;
  std::uint64_t total_ = 0;
};

}  // namespace

TREINO_PLUGIN(WarmupStableDecay, R"toml(
kind = "scheduler"
id = "warmup_stable_decay"
version = "1.0.0"
summary = "Linear warm-up, a constant phase, and a decay at the end of the run."
unit = "step"
help = """
rate = base * t / warmup_steps while t < warmup_steps, base while t < total_steps - decay_steps, and then
base * (min_factor + (1 - min_factor) * g(x)), where x = (t - (total_steps - decay_steps)) / decay_steps, at most 1, and g(x) is
  1 - x                    linear
  (1 + cos(pi * x)) / 2    cosine
  1 - sqrt(x)              sqrt
S. Hu et al., MiniCPM: Unveiling the Potential of Small Language Models with Scalable Training Strategies, arXiv 2404.06395;
A. Haegele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations, arXiv 2405.18392, for sqrt."""
[parameters.warmup_steps]
type = "int"
default = 0
min = 0
doc = "steps (or epochs, as `unit` says) of the way up"
[parameters.decay_steps]
type = "int"
required = true
min = 1
doc = "steps of the way down, the last of the run; a tenth to a fifth of it, say the authors"
)toml" TREINO_TOTAL_STEPS_TOML R"toml(
[parameters.decay]
type = "string"
default = "linear"
choices = ["linear", "cosine", "sqrt"]
doc = "the way down"
[parameters.min_factor]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "where it ends, as a share of the base rate"
)toml")
