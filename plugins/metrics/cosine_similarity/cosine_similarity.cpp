// Cosine similarity: the cosine of the angle between the row of predictions and the row of targets, mean over samples. No
// parameters. As keras.metrics.CosineSimilarity, and 1 - sklearn.metrics.pairwise.paired_cosine_distances.
#include <treino/eigen.hpp>
#include <treino/kit/mean_metric.hpp>

namespace {

class CosineSimilarity final : public treino::MeanMetric {
 public:
  CosineSimilarity() : MeanMetric("cosine_similarity", treino::Direction::higher) {}
  void prepare(const treino::Problem& problem) override {
    if (problem.target_is_index())
      throw std::invalid_argument(
          "cosine_similarity compares rows, and the target is a class index: say target_kind = \"one_hot\", " +
          std::string("or take accuracy"));
    problem.expect_an_output_a_column();
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    const auto x = treino::eigen(prediction).row(sample).cast<double>();
    const auto y = treino::eigen(target.values()).row(sample).cast<double>();
    const double lengths = x.norm() * y.norm();
    return lengths == 0 ? 0 : x.dot(y) / lengths;
  }
};

}  // namespace

TREINO_PLUGIN(CosineSimilarity, R"toml(
kind = "metric"
id = "cosine_similarity"
version = "1.0.0"
summary = "Mean cosine of the angle between predictions and targets."
target = ["values", "one_hot"]
help = """
cosine_similarity = sum over samples of weight * (prediction . target / (|prediction| |target|)) / sum of weights
1: the same direction, 0: at a right angle, -1: the opposite one; a row of zeros has 0.
Of one output it is the product of the signs, 1 or -1, as in Keras. NaN before the first sample.
Memory: constant (two sums)."""
)toml")
