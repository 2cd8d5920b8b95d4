// Mean intersection over union (Jaccard index): of the samples that belong to a class or were predicted as it, the part for which
// both holds. Parameters: average, class_id, threshold, ignore_class, zero_division. As keras.metrics.MeanIoU and
// sklearn.metrics.jaccard_score. P. Jaccard, The Distribution of the Flora in the Alpine Zone, New Phytologist 11 (1912).
#include "shared/classification/classification.hpp"

namespace {

class MeanIou final : public treino::ClassMetric {
 public:
  explicit MeanIou(const treino::Setup& setup) : ClassMetric(setup, "mean_iou", "macro") {}

 protected:
  Ratio ratio(const treino::ClassCounts::Counts& counts) const override {
    return {counts.hits, counts.predicted + counts.actual - counts.hits};
  }
};

}  // namespace

TREINO_PLUGIN(MeanIou, R"toml(
kind = "metric"
id = "mean_iou"
version = "1.1.0"
summary = "Mean intersection over union of the classes."
target = ["index", "one_hot", "values"]
scalars = ["mean_iou", "mean_iou_*"]
help = """
IoU of a class = TP / (TP + FP + FN), counted in sample weights; the mean over classes, two of them too. Classes that occur neither as
target nor as answer are left out, as in Keras; with zero_division = "0" they count as 0, as in scikit-learn's jaccard_score.
average = "none" gives a value for each class, called mean_iou_ and the class's name, as class_id does for one.
Memory: constant (three sums per class and threshold)."""
[parameters.average]
type = "string"
choices = ["binary", "micro", "macro", "weighted", "none"]
doc = "binary: of class 1; micro: over all answers; macro, weighted: mean over classes; none: each. Default: macro"
)toml" TREINO_CLASS_ID_TOML TREINO_THRESHOLDS_TOML TREINO_IGNORE_CLASS_TOML TREINO_ZERO_DIVISION_TOML(
                           "nan", "IoU of a class that has no samples and was never answered; nan: left out of the mean"))
