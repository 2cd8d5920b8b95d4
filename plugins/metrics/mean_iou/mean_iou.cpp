// Mean intersection over union (Jaccard index): of the samples that are of a class or answered to be, the part that is both.
// Parameters: average, class_id, threshold, ignore_class, zero_division. As keras.metrics.MeanIoU and sklearn.metrics.jaccard_score.
// P. Jaccard, The Distribution of the Flora in the Alpine Zone, New Phytologist 11 (1912).
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
average = "none" gives a number for each class, called mean_iou_ and the class's name, as class_id does for one.
Memory: constant (three sums per class and threshold)."""
[parameters.average]
type = "string"
choices = ["binary", "micro", "macro", "weighted", "none"]
doc = "binary: of class 1; micro: over all answers; macro, weighted: mean over classes; none: each. Default: macro"
[parameters.class_id]
type = "int"
min = 0
doc = "the number of this class alone, counted from 0, instead of an average"
[parameters.threshold]
type = "list"
items = "float"
scalar = true
min = 0.0
max = 1.0
doc = "probability above which an answer is yes, with one output, two classes or questions; 0.5 where not given; several: a number each"
[parameters.ignore_class]
type = "int"
doc = "samples whose target is this class, -1 for example (unlabelled), are left out, as in Keras; none where it is not given"
[parameters.zero_division]
type = "string"
or = "int"
default = "nan"
min = 0
max = 1
choices = ["0", "1", "nan"]
doc = "IoU of a class that has no samples and was never answered; nan: left out of the mean"
)toml")
