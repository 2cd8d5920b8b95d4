// Accuracy: the part of the answers that is right. With one output an answer is yes or no, with several the largest one's class;
// where several classes may hold at once, every yes or no counts as an answer. Parameter: threshold.
// As Keras's BinaryAccuracy, CategoricalAccuracy and SparseCategoricalAccuracy, whichever fits the data and the model.
#include <treino/classification.hpp>

namespace {

class Accuracy final : public treino::Metric {
 public:
  explicit Accuracy(const treino::Setup& setup) : counts_(setup.find<double>("threshold")) {}

  void prepare(const treino::Problem& problem) override { counts_.prepare(problem, "accuracy"); }
  std::vector<treino::MetricValue> values() const override { return {{"accuracy", treino::Direction::higher}}; }
  void reset() override { counts_.reset(); }
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    counts_.update(prediction, target, weights);
  }
  /// NaN where there were no samples.
  void compute(double* values) const override { *values = counts_.right() / counts_.answers(); }
  void save(treino::Writer& writer) const override { counts_.save(writer); }
  void load(treino::Reader& reader, std::uint32_t) override { counts_.load(reader); }
  void merge(const Accuracy& other) { counts_.merge(other.counts_); }

 private:
  treino::ClassCounts counts_;
};

}  // namespace

TREINO_PLUGIN(Accuracy, R"toml(
kind = "metric"
id = "accuracy"
version = "1.0.0"
summary = "the part of the answers that is right"
target = ["index", "one_hot", "values"]
help = """
accuracy = sum of the weights of right answers / sum of the weights of all answers; NaN before the first one
One output: class 1 where its probability exceeds the threshold. Several: the largest one's class; of two classes, with a threshold
given, class 1 where its probability exceeds it. Several outputs with rows of 0 and 1 and a loss of independent questions
(binary_cross_entropy): each of them is an answer of its own."""
[parameters.threshold]
type = "float"
min = 0.0
max = 1.0
doc = "probability above which an answer is yes; 0.5 where it is not given"
)toml")
