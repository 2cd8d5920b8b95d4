// F1: the harmonic mean of precision and recall, or F-beta, where recall counts beta times as much.
// Parameters: beta, average, class_id, threshold, top_k, zero_division, ignore_class. As sklearn.metrics.fbeta_score.
// C. J. van Rijsbergen, Information Retrieval, 2nd edition (1979).
#include "shared/classification/classification.hpp"

namespace {

class F1 final : public treino::ClassMetric {
 public:
  explicit F1(const treino::Setup& setup)
      : ClassMetric(setup, setup.get<double>("beta") == 1 ? "f1" : "fbeta"), beta_(setup.get<double>("beta")) {}

 protected:
  Ratio ratio(const treino::ClassCounts::Counts& counts) const override {
    const double square = beta_ * beta_;
    return {(1 + square) * counts.hits, square * counts.actual + counts.predicted};
  }

 private:
  double beta_;
};

}  // namespace

TREINO_PLUGIN(F1, R"toml(
kind = "metric"
id = "f1"
version = "1.1.0"
summary = "Harmonic mean of precision and recall, or F-beta."
target = ["index", "one_hot", "values"]
scalars = ["f1", "f1_*", "fbeta", "fbeta_*"]
help = """
F of a class = (1 + beta^2) TP / ((1 + beta^2) TP + beta^2 FN + FP), counted in sample weights; beta = 1: 2 P R / (P + R)
Its values are called fbeta where beta is not 1.
average = "none" gives a value for each class, called f1_ and the class's name, as class_id does for one. Classes that
occur neither as target nor as answer count with zero_division in the mean ("nan": are left out of it). As in scikit-learn.
With several thresholds its values are called f1_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
[parameters.beta]
type = "float"
default = 1.0
above = 0.0
doc = "how many times as much recall counts as precision"
)toml" TREINO_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_THRESHOLDS_TOML TREINO_TOP_K_TOML TREINO_IGNORE_CLASS_TOML
                      TREINO_ZERO_DIVISION_TOML("0", "F of a class that has no samples and was never answered"))
