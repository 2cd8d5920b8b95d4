// Top-k accuracy: the part of the samples whose class is among the k largest outputs. Parameters: k, ignore_class.
// As keras.metrics.TopKCategoricalAccuracy and SparseTopKCategoricalAccuracy, and sklearn.metrics.top_k_accuracy_score.
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/predictions.hpp"

namespace {

class TopKAccuracy final : public treino::MeanMetric {
 public:
  explicit TopKAccuracy(const treino::Setup& setup)
      : MeanMetric("top_k_accuracy", treino::Direction::higher), k_(setup.get<std::int64_t>("k")) {}
  void prepare(const treino::Problem& problem) override {
    treino::expect_classes(problem, "top_k_accuracy");
    if (treino::hold_together(problem) || problem.outputs() == 1)
      throw std::invalid_argument("top_k_accuracy is of a choice among classes with an output each: take accuracy");
    if (k_ > problem.outputs())
      throw std::invalid_argument("top_k_accuracy: k = " + std::to_string(k_) + " of " + std::to_string(problem.outputs()) +
                                  " outputs: give a smaller k");
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    const float* row = prediction.row(sample);
    const std::int64_t label = treino::class_of(target, sample, prediction.columns());
    std::int32_t before = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      const float score = row[label];
      for (std::int64_t i = 0; i < label; ++i) before += row[i] > score;
      for (std::int64_t i = label + 1; i < prediction.columns(); ++i) before += row[i] >= score;
    });
    return before < k_ && !std::isnan(row[label]) ? 1 : 0;
  }

 private:
  std::int64_t k_;
};

}  // namespace

TREINO_PLUGIN(TopKAccuracy, R"toml(
kind = "metric"
id = "top_k_accuracy"
version = "1.1.0"
summary = "Share of samples whose class is among the k largest outputs."
target = ["index", "one_hot"]
help = """
top_k_accuracy = sum of the weights of samples with fewer than k outputs before that of their class / sum of weights; NaN before the first
Of equal outputs the last comes first, as in scikit-learn.
Memory: constant (two sums)."""
[parameters.k]
type = "int"
default = 5
min = 1
doc = "how many of the largest outputs count as answered"
)toml" TREINO_IGNORE_CLASS_TOML)
