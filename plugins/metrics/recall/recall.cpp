// Recall: of the samples of a class, the part that is answered to be.
// Parameters: average, class_id, threshold, top_k, zero_division, ignore_class. As sklearn.metrics.recall_score and keras.metrics.Recall.
#include "shared/classification/classification.hpp"

namespace {

class Recall final : public treino::ClassMetric {
 public:
  explicit Recall(const treino::Setup& setup) : ClassMetric(setup, "recall") {}

 protected:
  Ratio ratio(const treino::ClassCounts::Counts& counts) const override { return {counts.hits, counts.actual}; }
};

}  // namespace

TREINO_PLUGIN(Recall, R"toml(
kind = "metric"
id = "recall"
version = "1.1.0"
summary = "Share of the samples of a class that are predicted as it."
target = ["index", "one_hot", "values"]
scalars = ["recall", "recall_*"]
help = """
recall of a class = true positives / (true positives + false negatives), counted in sample weights
average = "none" gives a number for each class, called recall_ and the class's name, as class_id does for one. Classes that
occur neither as target nor as answer count with zero_division in the mean ("nan": are left out of it). As in scikit-learn.
With several thresholds its numbers are called recall_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
[parameters.average]
type = "string"
choices = ["binary", "micro", "macro", "weighted", "none"]
doc = "binary: of class 1; micro: over all answers; macro, weighted: mean over classes; none: each. Default: binary of two, else macro"
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
[parameters.top_k]
type = "int"
min = 1
doc = "the top_k largest outputs' classes count as predicted; with a threshold, those of them whose probability exceeds it, as in Keras"
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
doc = "recall of a class that has no samples"
)toml")
