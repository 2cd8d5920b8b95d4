// Recall at precision: the largest part of a class that is found by any threshold whose answers are right to at least a given part.
// Parameters: precision, average, class_id, bins, zero_division, ignore_class. As keras.metrics.RecallAtPrecision, but of all
// thresholds, not of 200.
#include "shared/classification/best_at.hpp"

namespace {

class RecallAtPrecision final : public treino::BestAtMetric {
 public:
  explicit RecallAtPrecision(const treino::Setup& setup)
      : BestAtMetric(setup, "recall_at_precision", &treino::CurvePoint::recall, "precision", &treino::CurvePoint::precision) {}
};

}  // namespace

TREINO_PLUGIN(RecallAtPrecision, R"toml(
kind = "metric"
id = "recall_at_precision"
version = "1.1.0"
summary = "Best recall at thresholds with at least a given precision."
target = ["index", "one_hot", "values"]
scalars = ["recall_at_precision", "recall_at_precision_*"]
help = """
the largest TP / (TP + FN) over all thresholds with TP / (TP + FP) >= precision, answering yes at or above the threshold; 0 where there is none
Scores are the outputs (of logits of a choice: the log-odds of the class), kept as 4-byte floats; equal ones are one threshold.
More than two classes: each against the rest, then averaged. average = "none" gives a value for each class, called recall_at_precision_ and
the class's name, as class_id does for one. NaN where a score is NaN.
Memory: 5 bytes per sample and class (of two classes: of one) and 4 a sample; with `bins`, constant: 16 bytes per bin and class, where what
falls in one bin counts as equal. Computing sorts what is kept: where a live display asks for it after every batch, take bins.
"""
[parameters.precision]
type = "float"
required = true
min = 0.0
max = 1.0
doc = "part of the samples predicted as the class that has to be of it"
)toml" TREINO_CURVE_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_BINS_TOML TREINO_IGNORE_CLASS_TOML
                                     TREINO_ZERO_DIVISION_TOML("0", "value of a class that has no samples"))
