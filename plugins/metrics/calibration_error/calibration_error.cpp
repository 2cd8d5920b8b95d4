// Calibration error: how far the predicted probabilities are from how often they come true. Parameters: bins, norm, ignore_class.
// C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On Calibration of Modern Neural Networks, ICML 2017; binned as
// sklearn.calibration.calibration_curve does.
#include "shared/classification/probability.hpp"

namespace {

class CalibrationError final : public treino::Metric {
 public:
  explicit CalibrationError(const treino::Setup& setup)
      : bins_(setup.get<std::size_t>("bins")), norm_(setup.get<std::string>("norm")) {}

  void prepare(const treino::Problem& problem) override {
    probabilities_.prepare(problem, "calibration_error");
    treino::expect_classes(problem, "calibration_error");
    together_ = treino::hold_together(problem);
  }
  std::vector<treino::MetricValue> values() const override { return {{"calibration_error", treino::Direction::lower}}; }
  void reset() override { std::fill(bins_.begin(), bins_.end(), Bin()); }
  /// A sample of weight 0 counts for nothing. Throws std::domain_error where a target is no class.
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      probabilities_.look_at(prediction.row(sample));
      const std::int64_t classes = probabilities_.classes();
      if (together_) {
        for (std::int64_t label = 0; label < classes; ++label)
          add(probabilities_.of(label), target.values()(sample, label) > 0.5f, weight);
      } else {
        const std::int64_t actual = treino::class_of(target, sample, classes);
        const std::int64_t asked = classes == 2 ? 1 : treino::largest(prediction.row(sample), classes);
        add(probabilities_.of(asked), actual == asked, weight);
      }
    }
  }
  /// NaN where there were no samples.
  void compute(double* values) const override {
    double all = 0, sum = 0, most = 0;
    for (const Bin& bin : bins_) {
      if (bin.weight == 0) continue;
      const double gap = std::abs(bin.promised - bin.kept) / bin.weight;
      all += bin.weight;
      sum += bin.weight * (norm_ == "l2" ? gap * gap : gap);
      if (gap > most || std::isnan(gap)) most = gap;
    }
    *values = norm_ == "max" ? (all == 0 ? all / all : most) : norm_ == "l2" ? std::sqrt(sum / all) : sum / all;
  }
  void save(treino::Writer& writer) const override {
    std::vector<double> numbers;
    for (const Bin& bin : bins_) numbers.insert(numbers.end(), {bin.weight, bin.promised, bin.kept});
    writer.write(numbers);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto numbers = reader.get<std::vector<double>>();
    if (numbers.size() != 3 * bins_.size()) throw std::runtime_error("the saved counts are of another number of bins");
    for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] = {numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]};
  }
  void merge(const CalibrationError& other) {
    for (std::size_t i = 0; i < bins_.size(); ++i) {
      bins_[i].weight += other.bins_[i].weight;
      bins_[i].promised += other.bins_[i].promised;
      bins_[i].kept += other.bins_[i].kept;
    }
  }

 private:
  struct Bin {
    double weight = 0, promised = 0, kept = 0;  // sums of weight, weight * probability, weight where it came true
  };

  void add(double probability, bool came_true, double weight) {
    // A bin holds its upper edge, not its lower one. What is below 0, above 1 or NaN goes into the first or the last.
    const auto count = static_cast<double>(bins_.size());
    const double place = std::ceil(probability * count) - 1;
    Bin& bin = bins_[place > 0 ? static_cast<std::size_t>(std::min(place, count - 1)) : 0];
    bin.weight += weight;
    bin.promised += weight * probability;
    if (came_true) bin.kept += weight;
  }

  std::vector<Bin> bins_;
  std::string norm_;
  bool together_ = false;
  treino::Probabilities probabilities_;
};

}  // namespace

TREINO_PLUGIN(CalibrationError, R"toml(
kind = "metric"
id = "calibration_error"
version = "1.1.0"
summary = "Difference between predicted probabilities and observed frequencies."
target = ["index", "one_hot", "values"]
help = """
Over equal bins of [0, 1] by probability, with gap = |mean probability - part that came true| of a bin and n its part of all weight:
l1: sum of n * gap (ECE); max: the largest gap (MCE); l2: sqrt(sum of n * gap^2). Empty bins count for nothing; NaN before the first sample.
The probability is that of class 1 of two, of more that of the class with the largest one, of independent questions each of them.
Memory: constant (three sums per bin)."""
[parameters.bins]
type = "int"
default = 15
min = 1
max = 1000000
doc = "number of equal bins over [0, 1]"
[parameters.norm]
type = "string"
default = "l1"
choices = ["l1", "l2", "max"]
doc = "how the gaps of the bins become one number"
)toml" TREINO_IGNORE_CLASS_TOML)
