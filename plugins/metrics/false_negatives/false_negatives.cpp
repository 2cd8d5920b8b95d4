// Samples of a class that were predicted as another, counted in sample weights.
// Parameters: average, class_id, threshold, top_k, ignore_class. As keras.metrics.FalseNegatives.
#include "shared/classification/classification.hpp"

namespace {

class FalseNegatives final : public treino::ClassMetric {
 public:
  explicit FalseNegatives(const treino::Setup& setup)
      : ClassMetric(setup, "false_negatives", "binary", "micro", treino::Direction::lower) {}

 protected:
  Ratio ratio(const treino::ClassCounts::Counts& counts) const override { return {counts.actual - counts.hits, 1}; }
};

}  // namespace

TREINO_PLUGIN(FalseNegatives, R"toml(
kind = "metric"
id = "false_negatives"
version = "1.1.0"
summary = "Number of samples of a class that were predicted as another."
target = ["index", "one_hot", "values"]
scalars = ["false_negatives", "false_negatives_*"]
help = """
The sum of the weights of the samples of a class that were predicted as another. Of two classes: of class 1; of more: the
sum over classes, each against the rest. average = "none" gives a number for each class, called false_negatives_ and the
class's name, as class_id does for one. As keras.metrics.FalseNegatives.
With several thresholds its numbers are called false_negatives_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
[parameters.average]
type = "string"
choices = ["binary", "micro", "none"]
doc = "binary: of class 1; micro: sum over classes; none: each class. Default: binary of two, else micro"
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
)toml")
