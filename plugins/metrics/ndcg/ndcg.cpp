// Normalized discounted cumulative gain: how much of what a perfect order of the items would give the model's order gives, where
// each place counts less than the one before. Parameters: k, gain, zero_division. As sklearn.metrics.ndcg_score. K. Jarvelin, J.
// Kekalainen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20 (2002).
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/predictions.hpp"

namespace {

class Ndcg final : public treino::MeanMetric {
 public:
  explicit Ndcg(const treino::Setup& setup)
      : MeanMetric("ndcg", treino::Direction::higher),
        k_(setup.find<std::int64_t>("k")),
        exponential_(setup.get<std::string>("gain") == "exponential"),
        zero_division_(treino::zero_division(setup)) {}
  void prepare(const treino::Problem& problem) override {
    if (problem.outputs() == 1)
      throw std::invalid_argument("ndcg needs an output for each item, and the model has 1: take spearman");
    if (k_ && *k_ > problem.outputs())
      throw std::invalid_argument("ndcg: k = " + std::to_string(*k_) + " of " + std::to_string(problem.outputs()) +
                                  " outputs: give a smaller k, or none for all");
    if (problem.target_is_values()) {
      problem.expect_an_output_a_column();
    } else {
      treino::expect_classes(problem, "ndcg");
    }
    const auto items = static_cast<std::size_t>(problem.outputs());
    order_.resize(items);
    gains_.resize(items);
    discounts_.assign(items + 1, 0.0);
    for (std::size_t i = 0; i < items; ++i)
      discounts_[i + 1] =
          discounts_[i] +
          (static_cast<std::int64_t>(i) < k_.value_or(problem.outputs()) ? 1 / std::log2(static_cast<double>(i) + 2) : 0);
  }

 protected:
  std::optional<double> number(const treino::Matrix<const float>& prediction, const treino::Target& target,
                               std::int64_t sample) override {
    std::fill(gains_.begin(), gains_.end(), 0.0);
    if (target.is_index()) {
      gains_[static_cast<std::size_t>(treino::class_of(target, sample, prediction.columns()))] = 1;
    } else {
      for (std::int64_t i = 0; i < target.values().columns(); ++i)
        gains_[static_cast<std::size_t>(i)] = gain(target.values()(sample, i), sample);
    }
    const double seen = in_order_of(prediction.row(sample));
    std::sort(gains_.begin(), gains_.end(), std::greater<>());
    double perfect = 0;
    for (std::size_t i = 0; i < gains_.size(); ++i) perfect += gains_[i] * (discounts_[i + 1] - discounts_[i]);
    if (perfect > 0) return seen / perfect;
    if (std::isnan(zero_division_)) return std::nullopt;
    return zero_division_;
  }

 private:
  double gain(float relevance, std::int64_t sample) const {
    if (!(relevance >= 0))
      throw std::domain_error("ndcg: a relevance of sample " + std::to_string(sample) +
                              " is below 0 or no number; 0 is irrelevant");
    return exponential_ ? std::exp2(static_cast<double>(relevance)) - 1 : static_cast<double>(relevance);
  }
  /// Discounted gains, the item with the largest score first; equal ones share the mean gain of their places.
  double in_order_of(const float* row) {
    const auto score = [row](std::int64_t at) { return std::isnan(row[at]) ? -std::numeric_limits<float>::infinity() : row[at]; };
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::int64_t>(i);
    std::sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) { return score(a) > score(b); });
    double sum = 0;
    for (std::size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
      double gains = 0;
      for (; end < order_.size() && score(order_[end]) == score(order_[begin]); ++end)
        gains += gains_[static_cast<std::size_t>(order_[end])];
      sum += gains / static_cast<double>(end - begin) * (discounts_[end] - discounts_[begin]);
    }
    return sum;
  }

  std::optional<std::int64_t> k_;
  bool exponential_;
  double zero_division_;
  std::vector<std::int64_t> order_;
  std::vector<double> gains_, discounts_;  // discounts_[i]: sum of the discounts of the places before i
};

}  // namespace

TREINO_PLUGIN(Ndcg, R"toml(
kind = "metric"
id = "ndcg"
version = "1.0.0"
summary = "Normalized discounted cumulative gain of the order of the outputs."
target = ["index", "one_hot", "values"]
help = """
ndcg = sum over samples of weight * DCG / ideal DCG / sum of weights; DCG = sum over places i = 1 .. k of gain_i / log2(i + 1), with the
items in the order of the outputs, the largest first (equal ones share the mean of their places), ideal: in the order of their gains
A sample is a query, an output the score of an item; its gain is its target, or 2^target - 1, or 1 for the sample's class.
Memory: constant (two sums)."""
[parameters.k]
type = "int"
min = 1
doc = "how many places count; all where it is not given"
[parameters.gain]
type = "string"
default = "linear"
choices = ["linear", "exponential"]
doc = "what a relevance r gives: r, or 2^r - 1"
)toml" TREINO_ZERO_DIVISION_TOML("0", "value of a sample without anything relevant; nan: it is left out"))
