// Recall: of the samples of a class, the part that was predicted as it. Parameters: average, class_id, threshold, top_k,
// zero_division, ignore_class. As sklearn.metrics.recall_score and keras.metrics.Recall.
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
average = "none" gives a value for each class, called recall_ and the class's name, as class_id does for one. Classes that
occur neither as target nor as answer count with zero_division in the mean ("nan": are left out of it). As in scikit-learn.
With several thresholds its values are called recall_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
)toml" TREINO_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_THRESHOLDS_TOML TREINO_TOP_K_TOML TREINO_IGNORE_CLASS_TOML
                          TREINO_ZERO_DIVISION_TOML("0", "recall of a class that has no samples"))
