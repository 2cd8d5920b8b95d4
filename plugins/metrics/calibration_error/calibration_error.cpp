// Calibration error: how far the predicted probabilities are from how often they come true. Parameters: bins, norm, ignore_class.
// C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On Calibration of Modern Neural Networks, ICML 2017; binned as
// sklearn.calibration.calibration_curve does.
#include <Eigen/Core>

#include "shared/classification/probability.hpp"

namespace {

class CalibrationError final : public treino::Metric {
 public:
  explicit CalibrationError(const treino::Setup& setup)
      : bins_(Bins::Zero(setup.get<Eigen::Index>("bins"), 3)), norm_(setup.get<std::string>("norm")) {}

  void prepare(const treino::Problem& problem) override {
    probabilities_.prepare(problem, "calibration_error");
    treino::expect_classes(problem, "calibration_error");
    together_ = treino::hold_together(problem);
  }
  std::vector<treino::MetricValue> values() const override { return {{"calibration_error", treino::Direction::lower}}; }
  void reset() override { bins_.setZero(); }
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
    const auto weight = bins_.col(0), promised = bins_.col(1), kept = bins_.col(2);
    const Eigen::ArrayXd gap = (weight == 0).select(0.0, (promised - kept).abs() / weight);
    const double all = weight.sum();
    if (norm_ == "max")
      *values = all == 0 ? std::nan("") : gap.maxCoeff();
    else
      *values = norm_ == "l2" ? std::sqrt((weight * gap.square()).sum() / all) : (weight * gap).sum() / all;
  }
  void save(treino::Writer& writer) const override {
    writer.write(std::vector<double>(bins_.data(), bins_.data() + bins_.size()));
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto sums = reader.get<std::vector<double>>();
    if (sums.size() != static_cast<std::size_t>(bins_.size()))
      throw std::runtime_error("the saved counts are of another number of bins");
    bins_ = Eigen::Map<const Bins>(sums.data(), bins_.rows(), 3);
  }
  void merge(const CalibrationError& other) { bins_ += other.bins_; }

 private:
  /// A row for each bin: the sums of weight, of weight * probability, and of the weight where it came true.
  using Bins = Eigen::Array<double, Eigen::Dynamic, 3, Eigen::RowMajor>;

  void add(double probability, bool came_true, double weight) {
    // A bin holds its upper edge, not its lower one. What is below 0, above 1 or NaN goes into the first or the last.
    const auto count = static_cast<double>(bins_.rows());
    const double place = std::ceil(probability * count) - 1;
    const auto bin = place > 0 ? static_cast<Eigen::Index>(std::min(place, count - 1)) : Eigen::Index{0};
    bins_.row(bin) += Eigen::Array<double, 1, 3>(weight, weight * probability, came_true ? weight : 0.0);
  }

  Bins bins_;
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
doc = "how the gaps of the bins become one value"
)toml" TREINO_IGNORE_CLASS_TOML)
