// Precision: of the samples predicted as a class, the part that is. Parameters: average, class_id, threshold, top_k, zero_division,
// ignore_class. As sklearn.metrics.precision_score and keras.metrics.Precision.
#include "shared/classification/classification.hpp"

namespace {

class Precision final : public treino::ClassMetric {
 public:
  explicit Precision(const treino::Setup& setup) : ClassMetric(setup, "precision") {}

 protected:
  Ratio ratio(const treino::ClassCounts::Counts& counts) const override { return {counts.hits, counts.predicted}; }
};

}  // namespace

TREINO_PLUGIN(Precision, R"toml(
kind = "metric"
id = "precision"
version = "1.1.0"
summary = "Share of the samples predicted as a class that belong to it."
target = ["index", "one_hot", "values"]
scalars = ["precision", "precision_*"]
help = """
precision of a class = true positives / (true positives + false positives), counted in sample weights
average = "none" gives a value for each class, called precision_ and the class's name, as class_id does for one. Classes that
occur neither as target nor as answer count with zero_division in the mean ("nan": are left out of it). As in scikit-learn.
With several thresholds its values are called precision_at_0.3 and so on.
top_k as in Keras: several classes are answered to a sample. Of equal outputs the first come first.
Memory: constant (three sums per class and threshold)."""
)toml" TREINO_AVERAGE_TOML TREINO_CLASS_ID_TOML TREINO_THRESHOLDS_TOML TREINO_TOP_K_TOML TREINO_IGNORE_CLASS_TOML
                             TREINO_ZERO_DIVISION_TOML("0", "precision of a class that was never answered"))
