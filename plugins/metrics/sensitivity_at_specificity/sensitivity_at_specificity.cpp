// Sensitivity at specificity: the largest part of a class that is found by any threshold that leaves at least a given part of the
// others in peace. Parameters: specificity, average, class_id, bins, zero_division, ignore_class. As
// keras.metrics.SensitivityAtSpecificity, but of all thresholds, not of 200.
#include "shared/classification/best_at.hpp"

namespace {

class SensitivityAtSpecificity final : public treino::BestAtMetric {
 public:
  explicit SensitivityAtSpecificity(const treino::Setup& setup)
      : BestAtMetric(setup, "sensitivity_at_specificity", &treino::CurvePoint::recall, "specificity",
                     &treino::CurvePoint::specificity) {}
};

}  // namespace

TREINO_PLUGIN(SensitivityAtSpecificity, R"toml(
kind = "metric"
id = "sensitivity_at_specificity"
version = "1.1.0"
summary = "Best sensitivity at thresholds with at least a given specificity."
target = ["index", "one_hot", "values"]
scalars = ["sensitivity_at_specificity", "sensitivity_at_specificity_*"]
help = """
the largest TP / (TP + FN) over all thresholds with TN / (TN + FP) >= specificity, answering yes at or above the threshold
Scores are the outputs (of logits of a choice: the log-odds of the class), kept as 4-byte floats; equal ones are one threshold.
More than two classes: each against the rest, then averaged. average = "none" gives a value for each class, called sensitivity_at_specificity_ and
the class's name, as class_id does for one. NaN where a score is NaN.
Memory: 5 bytes per sample and class (of two classes: of one) and 4 a sample; with `bins`, constant: 16 bytes per bin and class, where what
falls in one bin counts as equal. Computing sorts what is kept: where a live display asks for it after every batch, take bins.
"""
[parameters.specificity]
type = "float"
required = true
min = 0.0
max = 1.0
doc = "part of the other samples that has to be answered no"
)toml" TREINO_CURVE_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_BINS_TOML TREINO_IGNORE_CLASS_TOML TREINO_ZERO_DIVISION_TOML(
                                            "0", "value where there are no samples of a class, or no others"))
