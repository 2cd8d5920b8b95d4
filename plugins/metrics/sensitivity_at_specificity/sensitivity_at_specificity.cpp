// Sensitivity at specificity: the largest part of a class that is found by any threshold that leaves at least a given part of the
// others in peace. Parameters: specificity, average, class_id, bins, zero_division, ignore_class. As keras.metrics.SensitivityAtSpecificity,
// but of all thresholds, not of 200.
#include "shared/classification/ranking_curve.hpp"

namespace {

class SensitivityAtSpecificity final : public treino::BestAtMetric {
 public:
  explicit SensitivityAtSpecificity(const treino::Setup& setup)
      : BestAtMetric(setup, "sensitivity_at_specificity", &treino::CurvePoint::recall, "specificity", &treino::CurvePoint::specificity) {}
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
More than two classes: each against the rest, then averaged. average = "none" gives a number for each class, called sensitivity_at_specificity_ and
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
[parameters.average]
type = "string"
choices = ["binary", "micro", "macro", "weighted", "none"]
doc = "binary: of class 1; micro: all questions at once; macro, weighted: mean over classes; none: each. Default: binary of two, else macro"
[parameters.class_id]
type = "int"
min = 0
doc = "the number of this class alone, counted from 0, instead of an average"
[parameters.bins]
type = "int"
min = 2
max = 1000000
doc = "counts scores in so many equal bins over [0, 1] (of logits: of the sigmoid; beyond: the last bin) instead of keeping them"
[parameters.ignore_class]
type = "int"
doc = "samples whose target is this class, -1 for example (unlabelled), are left out; none where it is not given"
[parameters.zero_division]
type = "string"
or = "int"
default = "0"
min = 0
max = 1
choices = ["0", "1", "nan"]
doc = "value where there are no samples of a class, or no others"
)toml")
