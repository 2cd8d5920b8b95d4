// Cohen's kappa: by how much answers and classes agree beyond what chance would give. Parameters: weights, threshold,
// zero_division, ignore_class. As sklearn.metrics.cohen_kappa_score. J. Cohen, A coefficient of agreement for nominal scales, Educ.
// Psychol. Meas. 20 (1960); weighted: Psychol. Bull. 70 (1968).
#include "shared/classification/confusion.hpp"

namespace {

class CohenKappa final : public treino::ConfusionMetric {
 public:
  explicit CohenKappa(const treino::Setup& setup)
      : ConfusionMetric(setup, "cohen_kappa"),
        weights_(setup.get<std::string>("weights")),
        zero_division_(treino::zero_division(setup)) {}

  std::vector<treino::MetricValue> values() const override { return {{"cohen_kappa", treino::Direction::higher}}; }
  /// 1 - what was seen of disagreement / what chance would give with the same shares of classes and answers.
  void compute(double* values) const override {
    const Table disagreement = Table::NullaryExpr(classes(), classes(), [this](Eigen::Index label, Eigen::Index predicted) {
      const auto distance = static_cast<double>(std::abs(label - predicted));
      return weights_ == "linear" ? distance : weights_ == "quadratic" ? distance * distance : label != predicted;
    });
    const Eigen::VectorXd actual = counts().rowwise().sum();
    const Eigen::RowVectorXd predicted = counts().colwise().sum();
    const double seen = disagreement.cwiseProduct(counts()).sum();
    const double by_chance = disagreement.cwiseProduct(actual * predicted).sum();
    *values = by_chance == 0 ? zero_division_ : 1 - seen * counts().sum() / by_chance;
  }

 private:
  std::string weights_;
  double zero_division_;
};

}  // namespace

TREINO_PLUGIN(CohenKappa, R"toml(
kind = "metric"
id = "cohen_kappa"
version = "1.1.0"
summary = "Agreement of predictions and targets beyond chance."
target = ["index", "one_hot", "values"]
help = """
kappa = 1 - sum of w_ij n_ij / sum of w_ij n_i m_j / n, with the weight n_ij of the samples of class i predicted as class j, its
sums n_i, m_j and n, and w_ij = 1 where i and j differ (weights = "none"), |i - j| ("linear") or (i - j)^2 ("quadratic", for classes
that have an order).
Memory: constant (classes^2 sums)."""
[parameters.weights]
type = "string"
default = "none"
choices = ["none", "linear", "quadratic"]
doc = "how much an answer some classes off counts: the same, its distance, its distance squared"
)toml" TREINO_THRESHOLD_TOML TREINO_IGNORE_CLASS_TOML TREINO_ZERO_DIVISION_TOML(
                              "nan", "value where all samples and all answers are of one and the same class"))
