// Accuracy: the part of the answers that is right. With one output an answer is yes or no, with several the largest one's class;
// where several classes may hold at once, every yes or no counts as an answer. Parameters: threshold, ignore_class.
// As Keras's BinaryAccuracy, CategoricalAccuracy and SparseCategoricalAccuracy, whichever fits the data and the model.
#include "shared/classification/classification.hpp"

namespace {

class Accuracy final : public treino::CountedMetric {
 public:
  explicit Accuracy(const treino::Setup& setup) : CountedMetric(setup, "accuracy") {}

 protected:
  /// NaN where there were no samples.
  double value(const treino::ClassCounts& counts) const override { return counts.right() / counts.answers(); }
};

}  // namespace

TREINO_PLUGIN(Accuracy, R"toml(
kind = "metric"
id = "accuracy"
version = "1.1.0"
summary = "Share of samples that are predicted correctly."
target = ["index", "one_hot", "values"]
help = """
accuracy = sum of the weights of right answers / sum of the weights of all answers; NaN before the first one
One output: class 1 where its probability exceeds the threshold. Several: the largest one's class; of two classes, with a threshold
given, class 1 where its probability exceeds it. Several outputs with rows of 0 and 1 and a loss of independent questions
(binary_cross_entropy): each of them is an answer of its own.
Memory: constant (three sums per class)."""
)toml" TREINO_THRESHOLD_TOML TREINO_IGNORE_CLASS_TOML)
