// Samples of a class that were predicted as it, counted in sample weights.
// Parameters: average, class_id, threshold, top_k, ignore_class. As keras.metrics.TruePositives.
#include "shared/classification/classification.hpp"

namespace {

class TruePositives final : public treino::ClassMetric {
 public:
  explicit TruePositives(const treino::Setup& setup)
      : ClassMetric(setup, "true_positives", "binary", "micro", treino::Direction::higher) {}

 protected:
  Ratio ratio(const treino::ClassCounts::Counts& counts) const override { return {counts.hits, 1}; }
};

}  // namespace

TREINO_PLUGIN(TruePositives, R"toml(
kind = "metric"
id = "true_positives"
version = "1.1.0"
summary = "Number of samples of a class that were predicted as it."
target = ["index", "one_hot", "values"]
scalars = ["true_positives", "true_positives_*"]
help = """
The sum of the weights of the samples of a class that were predicted as it. Of two classes: of class 1; of more: the
sum over classes, each against the rest. average = "none" gives a value for each class, called true_positives_ and the
class's name, as class_id does for one. As keras.metrics.TruePositives.
With several thresholds its values are called true_positives_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
)toml" TREINO_COUNT_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_THRESHOLDS_TOML TREINO_TOP_K_TOML TREINO_IGNORE_CLASS_TOML)
