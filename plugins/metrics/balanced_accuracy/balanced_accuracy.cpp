// Balanced accuracy: the mean over classes of the part of their samples that is found, so that a rare class counts as much as a
// frequent one. Parameters: adjusted, threshold, ignore_class. As sklearn.metrics.balanced_accuracy_score. K. H. Brodersen et al.,
// The balanced accuracy and its posterior distribution, ICPR 2010.
#include "shared/classification/classification.hpp"

namespace {

class BalancedAccuracy final : public treino::CountedMetric {
 public:
  explicit BalancedAccuracy(const treino::Setup& setup)
      : CountedMetric(setup, "balanced_accuracy"), adjusted_(setup.get<bool>("adjusted")) {}
  void prepare(const treino::Problem& problem) override {
    CountedMetric::prepare(problem);
    counts().expect_one_class("balanced_accuracy");
  }

 protected:
  double value(const treino::ClassCounts& counts) const override {
    double sum = 0, classes = 0;
    for (std::int64_t label = 0; label < counts.classes(); ++label) {
      const treino::ClassCounts::Counts one = counts.of(label);
      if (one.actual == 0) continue;
      sum += one.hits / one.actual;
      ++classes;
    }
    const double mean = sum / classes;
    return adjusted_ ? (mean - 1 / classes) / (1 - 1 / classes) : mean;
  }

 private:
  bool adjusted_;
};

}  // namespace

TREINO_PLUGIN(BalancedAccuracy, R"toml(
kind = "metric"
id = "balanced_accuracy"
version = "1.1.0"
summary = "Mean recall over classes."
target = ["index", "one_hot", "values"]
help = """
the mean of recall = TP / (TP + FN) over the classes that have samples, counted in sample weights; NaN before the first sample
adjusted: (mean - 1/n) / (1 - 1/n) over n such classes, so that chance gives 0 and all right 1.
Memory: constant (three sums per class)."""
[parameters.adjusted]
type = "bool"
default = false
doc = "shifted and scaled so that chance gives 0"
)toml" TREINO_THRESHOLD_TOML TREINO_IGNORE_CLASS_TOML)
