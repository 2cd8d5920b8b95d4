// Average precision: the precision at each threshold, weighted with the recall that it adds. Parameters: average, class_id, bins,
// zero_division, ignore_class. As sklearn.metrics.average_precision_score.
// C. D. Manning, P. Raghavan, H. Schuetze, Introduction to Information Retrieval (2008), chapter 8.4.
#include "shared/classification/ranking_curve.hpp"

namespace {

class AveragePrecision final : public treino::CurveMetric {
 public:
  explicit AveragePrecision(const treino::Setup& setup) : CurveMetric(setup, "average_precision") {}

 protected:
  std::optional<double> value(const treino::RocCurve& curve) const override {
    if (curve.positives() == 0) return std::nullopt;
    double area = 0;
    curve.follow([&](const treino::CurvePoint& before, const treino::CurvePoint& here) {
      area += (here.true_positives - before.true_positives) * here.precision().value();
    });
    return area / curve.positives();
  }
};

}  // namespace

TREINO_PLUGIN(AveragePrecision, R"toml(
kind = "metric"
id = "average_precision"
version = "1.1.0"
summary = "Precision averaged over thresholds, weighted by the increase in recall."
target = ["index", "one_hot", "values"]
scalars = ["average_precision", "average_precision_*"]
help = """
AP = sum over thresholds n, the highest first, of (R_n - R_(n-1)) P_n, with precision P and recall R of answering yes at or above it.
Scores are the outputs (of logits of a choice: the log-odds of the class), kept as 4-byte floats; equal ones are one threshold.
More than two classes: each against the rest, then averaged. average = "none" gives a value for each class, called average_precision_ and
the class's name, as class_id does for one. NaN where a score is NaN.
Memory: 5 bytes per sample and class (of two classes: of one) and 4 a sample; with `bins`, constant: 16 bytes per bin and class, where what
falls in one bin counts as equal. Computing sorts what is kept: where a live display asks for it after every batch, take bins.
"""
)toml" TREINO_CURVE_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_BINS_TOML TREINO_IGNORE_CLASS_TOML
                                    TREINO_ZERO_DIVISION_TOML("0", "value of a class that has no samples"))
