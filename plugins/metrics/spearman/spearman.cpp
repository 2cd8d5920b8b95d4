// Spearman's rank correlation: Pearson's of the places that predictions and targets have in their orders, so that any rising
// curve between them gives 1. Parameter: average. As scipy.stats.spearmanr; equal values share the mean of their places. C.
// Spearman, The proof and measurement of association between two things, Am. J. Psychol. 15 (1904).
#include "shared/metrics/moments.hpp"
#include "shared/metrics/output_metric.hpp"
#include "shared/metrics/sort.hpp"

namespace {

class Kept {
 public:
  void clear() {
    for (std::vector<float>* column : {&predictions_, &targets_, &weights_}) column->clear();
  }
  void add(double prediction, double target, double weight) {
    predictions_.push_back(static_cast<float>(prediction));
    targets_.push_back(static_cast<float>(target));
    weights_.push_back(static_cast<float>(weight));
  }
  void merge(const Kept& other) {
    predictions_.insert(predictions_.end(), other.predictions_.begin(), other.predictions_.end());
    targets_.insert(targets_.end(), other.targets_.begin(), other.targets_.end());
    weights_.insert(weights_.end(), other.weights_.begin(), other.weights_.end());
  }
  void save(treino::Writer& writer) const {
    for (const std::vector<float>* column : {&predictions_, &targets_, &weights_}) writer.write(*column);
  }
  void load(treino::Reader& reader) {
    for (std::vector<float>* column : {&predictions_, &targets_, &weights_}) reader.read(*column);
    if (predictions_.size() != targets_.size() || predictions_.size() != weights_.size())
      throw std::runtime_error("the saved predictions, targets and weights differ in number");
  }
  double value() const {
    const auto no_number = [](float value) { return std::isnan(value); };
    if (std::any_of(predictions_.begin(), predictions_.end(), no_number) ||
        std::any_of(targets_.begin(), targets_.end(), no_number))
      return std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> x = places(predictions_), y = places(targets_);
    treino::Moments moments;
    for (std::size_t i = 0; i < x.size(); ++i) moments.add(x[i], y[i], static_cast<double>(weights_[i]));
    return moments.correlation();
  }

 private:
  /// Weight of what is smaller and half of what is equal, so that a sample of weight 2 is the same as two of weight 1.
  std::vector<double> places(const std::vector<float>& values) const {
    std::vector<std::uint64_t> words;
    words.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) words.push_back(treino::sortable(values[i], static_cast<std::uint32_t>(i)));
    treino::sort_by_number(words);
    std::vector<double> places(values.size());
    double before = 0;
    for (std::size_t begin = 0, end = 0; begin < words.size(); begin = end) {
      double equal = 0;
      for (; end < words.size() && treino::order_of(words[end]) == treino::order_of(words[begin]); ++end)
        equal += static_cast<double>(weights_[static_cast<std::uint32_t>(words[end])]);
      for (std::size_t i = begin; i < end; ++i) places[static_cast<std::uint32_t>(words[i])] = before + equal / 2;
      before += equal;
    }
    return places;
  }

  std::vector<float> predictions_, targets_, weights_;
};

class Spearman final : public treino::OutputMetric<Kept> {
 public:
  explicit Spearman(const treino::Setup& setup) : OutputMetric(setup, "spearman", treino::Direction::higher) {}
};

}  // namespace

TREINO_PLUGIN(Spearman, R"toml(
kind = "metric"
id = "spearman"
version = "1.0.0"
summary = "Spearman's rank correlation of predictions and targets."
target = ["values"]
scalars = ["spearman", "spearman_*"]
help = """
spearman of an output = Pearson's correlation of the ranks of its predictions and targets; equal values have the mean of their ranks
A sample of weight 2 counts as two of weight 1. NaN where predictions or targets are all equal, or one of them is NaN.
average = "none" gives a value for each output, called spearman_0, spearman_1 and so on.
Memory: 12 bytes per sample and output; at most 4294967295 samples. Computing sorts them."""
)toml" TREINO_OUTPUTS_AVERAGE_TOML)
