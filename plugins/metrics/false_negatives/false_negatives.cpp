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
sum over classes, each against the rest. average = "none" gives a value for each class, called false_negatives_ and the
class's name, as class_id does for one. As keras.metrics.FalseNegatives.
With several thresholds its values are called false_negatives_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
)toml" TREINO_COUNT_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_THRESHOLDS_TOML TREINO_TOP_K_TOML TREINO_IGNORE_CLASS_TOML)
