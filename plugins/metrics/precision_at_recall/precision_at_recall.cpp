// Precision at recall: the best precision of all thresholds that find at least a given part of a class.
// Parameters: recall, average, class_id, bins, zero_division, ignore_class. As keras.metrics.PrecisionAtRecall, but of all thresholds, not of
// 200.
#include "shared/classification/ranking_curve.hpp"

namespace {

class PrecisionAtRecall final : public treino::BestAtMetric {
 public:
  explicit PrecisionAtRecall(const treino::Setup& setup)
      : BestAtMetric(setup, "precision_at_recall", &treino::CurvePoint::precision, "recall", &treino::CurvePoint::recall) {}
};

}  // namespace

TREINO_PLUGIN(PrecisionAtRecall, R"toml(
kind = "metric"
id = "precision_at_recall"
version = "1.1.0"
summary = "Best precision at thresholds with at least a given recall."
target = ["index", "one_hot", "values"]
scalars = ["precision_at_recall", "precision_at_recall_*"]
help = """
the largest TP / (TP + FP) over all thresholds with TP / (TP + FN) >= recall, answering yes at or above the threshold
Scores are the outputs (of logits of a choice: the log-odds of the class), kept as 4-byte floats; equal ones are one threshold.
More than two classes: each against the rest, then averaged. average = "none" gives a number for each class, called precision_at_recall_ and
the class's name, as class_id does for one. NaN where a score is NaN.
Memory: 5 bytes per sample and class (of two classes: of one) and 4 a sample; with `bins`, constant: 16 bytes per bin and class, where what
falls in one bin counts as equal. Computing sorts what is kept: where a live display asks for it after every batch, take bins.
"""
[parameters.recall]
type = "float"
required = true
min = 0.0
max = 1.0
doc = "part of the class that has to be found"
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
doc = "value of a class that has no samples"
)toml")
