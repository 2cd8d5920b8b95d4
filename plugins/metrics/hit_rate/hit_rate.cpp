// Hit rate: the part of the samples with something relevant among the k items that the model puts first. Parameter: k.
// The usual measure of recommenders; M. Deshpande, G. Karypis, Item-Based Top-N Recommendation Algorithms, ACM TOIS 22 (2004).
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/predictions.hpp"

namespace {

class HitRate final : public treino::MeanMetric {
 public:
  explicit HitRate(const treino::Setup& setup)
      : MeanMetric("hit_rate", treino::Direction::higher), k_(setup.get<std::int64_t>("k")) {}
  void prepare(const treino::Problem& problem) override {
    if (problem.outputs() == 1)
      throw std::invalid_argument("hit_rate needs an output for each item, and the model has 1: take accuracy");
    if (k_ > problem.outputs())
      throw std::invalid_argument("hit_rate: k = " + std::to_string(k_) + " of " + std::to_string(problem.outputs()) +
                                  " outputs: give a smaller k");
    if (problem.target_is_values()) {
      problem.expect_an_output_a_column();
    } else {
      treino::expect_classes(problem, "hit_rate");
    }
  }

 protected:
  /// Nothing where nothing is relevant.
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    const float* row = prediction.row(sample);
    const std::int64_t items = prediction.columns();
    std::int64_t best = -1;
    if (target.is_index()) {
      best = treino::class_of(target, sample, items);
    } else {
      const treino::Matrix<const float>& relevance = target.values();
      for (std::int64_t i = 0; i < relevance.columns(); ++i)
        if (relevance(sample, i) > 0 && (best < 0 || before(row, i, best))) best = i;
    }
    if (best < 0) return std::nullopt;
    std::int64_t place = 0;
    for (std::int64_t i = 0; i < items; ++i) place += before(row, i, best);
    return place < k_ && !std::isnan(row[best]) ? 1 : 0;
  }

 private:
  static bool before(const float* row, std::int64_t a, std::int64_t b) {
    return row[a] > row[b] || (row[a] == row[b] && a > b) || (std::isnan(row[b]) && !std::isnan(row[a]));
  }
  std::int64_t k_;
};

}  // namespace

TREINO_PLUGIN(HitRate, R"toml(
kind = "metric"
id = "hit_rate"
version = "1.0.0"
summary = "Share of samples with a relevant item among the first k."
target = ["index", "one_hot", "values"]
help = """
hit_rate = sum of the weights of samples with a relevant item among the k largest outputs / sum of the weights of samples that have one
A sample is a query, an output the score of an item; relevant is the class, or, of values, each item whose target is above 0. Samples
without anything relevant are left out; NaN before the first. Of equal outputs the last comes first, as in top_k_accuracy.
Memory: constant (two sums)."""
[parameters.k]
type = "int"
default = 10
min = 1
doc = "how many items the model puts forward"
)toml")
