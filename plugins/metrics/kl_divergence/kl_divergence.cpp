// Kullback-Leibler divergence of the predicted probabilities from the target's. Parameter: epsilon. As
// keras.metrics.KLDivergence. S. Kullback, R. A. Leibler, On Information and Sufficiency, Ann. Math. Stat. 22 (1951).
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/probability.hpp"

namespace {

class KlDivergence final : public treino::MeanMetric {
 public:
  explicit KlDivergence(const treino::Setup& setup)
      : MeanMetric("kl_divergence", treino::Direction::lower), epsilon_(setup.get<double>("epsilon")) {}
  void prepare(const treino::Problem& problem) override {
    probabilities_.prepare(problem, "kl_divergence");
    probabilities_.expect_choice("kl_divergence");
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    if (target.is_index()) treino::class_of(target, sample, probabilities_.classes());
    probabilities_.look_at(prediction.row(sample));
    double sum = 0;
    for (std::int64_t label = 0; label < probabilities_.classes(); ++label) {
      const double part = treino::part_of(target, sample, label);
      if (part != 0) sum += part * (std::log(part) - probabilities_.log_of(label, epsilon_));
    }
    return sum;
  }

 private:
  double epsilon_;
  treino::Probabilities probabilities_;
};

}  // namespace

TREINO_PLUGIN(KlDivergence, R"toml(
kind = "metric"
id = "kl_divergence"
version = "1.0.0"
summary = "Kullback-Leibler divergence of the predicted probabilities from the target, in nats."
target = ["index", "one_hot", "values"]
help = """
kl_divergence = sum over samples of weight * (sum over classes of t log(t / p)) / sum of weights; NaN before the first sample
with the target's probabilities t (a class index: all on that class; a single column: of class 1) and the predicted ones p, of logits by
softmax. 0 log 0 is 0.
Memory: constant (two sums)."""
[parameters.epsilon]
type = "float"
default = 1e-7
above = 0.0
below = 1.0
doc = "predicted probabilities below count as this; logits need none and are taken as they are"
)toml")
