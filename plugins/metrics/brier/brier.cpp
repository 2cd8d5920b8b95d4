// Brier score: the mean squared error of the predicted probabilities. No parameters.
// As sklearn.metrics.brier_score_loss; of more than two classes the sum over classes of Brier's paper.
// G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950).
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/probability.hpp"

namespace {

class Brier final : public treino::MeanMetric {
 public:
  Brier() : MeanMetric("brier", treino::Direction::lower) {}
  void prepare(const treino::Problem& problem) override {
    probabilities_.prepare(problem, "brier");
    together_ = treino::hold_together(problem) && !probabilities_.choice();
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    const std::int64_t classes = probabilities_.classes();
    if (target.is_index()) treino::class_of(target, sample, classes);
    probabilities_.look_at(prediction.row(sample));
    const auto error = [&](std::int64_t label) {
      const double off = probabilities_.of(label) - treino::part_of(target, sample, label);
      return off * off;
    };
    if (classes == 2 && probabilities_.choice()) return error(1);
    double sum = 0;
    for (std::int64_t label = 0; label < classes; ++label) sum += error(label);
    return together_ ? sum / static_cast<double>(classes) : sum;
  }

 private:
  bool together_ = false;
  treino::Probabilities probabilities_;
};

}  // namespace

TREINO_PLUGIN(Brier, R"toml(
kind = "metric"
id = "brier"
version = "1.0.0"
summary = "Mean squared error of the predicted probabilities."
target = ["index", "one_hot", "values"]
help = """
brier = sum over samples of weight * s / sum of weights; NaN before the first sample
s of two classes: (p - t)^2 of class 1; of more: sum over classes of (p - t)^2; of independent questions: their mean of (p - t)^2
with the target t, 0 or 1 (or a probability), and the predicted probability p, of logits by softmax or sigmoid.
Memory: constant (two sums)."""
)toml")
