// Specificity at sensitivity: the largest part of the other samples that is left in peace by any threshold that finds at least a
// given part of a class. Parameters: sensitivity, average, class_id, bins, zero_division, ignore_class. As
// keras.metrics.SpecificityAtSensitivity, but of all thresholds, not of 200.
#include "shared/classification/best_at.hpp"

namespace {

class SpecificityAtSensitivity final : public treino::BestAtMetric {
 public:
  explicit SpecificityAtSensitivity(const treino::Setup& setup)
      : BestAtMetric(setup, "specificity_at_sensitivity", &treino::CurvePoint::specificity, "sensitivity",
                     &treino::CurvePoint::recall) {}
};

}  // namespace

TREINO_PLUGIN(SpecificityAtSensitivity, R"toml(
kind = "metric"
id = "specificity_at_sensitivity"
version = "1.1.0"
summary = "Best specificity at thresholds with at least a given sensitivity."
target = ["index", "one_hot", "values"]
scalars = ["specificity_at_sensitivity", "specificity_at_sensitivity_*"]
help = """
the largest TN / (TN + FP) over all thresholds with TP / (TP + FN) >= sensitivity, answering yes at or above the threshold
Scores are the outputs (of logits of a choice: the log-odds of the class), kept as 4-byte floats; equal ones are one threshold.
More than two classes: each against the rest, then averaged. average = "none" gives a value for each class, called specificity_at_sensitivity_ and
the class's name, as class_id does for one. NaN where a score is NaN.
Memory: 5 bytes per sample and class (of two classes: of one) and 4 a sample; with `bins`, constant: 16 bytes per bin and class, where what
falls in one bin counts as equal. Computing sorts what is kept: where a live display asks for it after every batch, take bins.
"""
[parameters.sensitivity]
type = "float"
required = true
min = 0.0
max = 1.0
doc = "part of the class that has to be found"
)toml" TREINO_CURVE_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_BINS_TOML TREINO_IGNORE_CLASS_TOML TREINO_ZERO_DIVISION_TOML(
                                            "0", "value where there are no samples of a class, or no others"))
