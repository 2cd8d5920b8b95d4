// Median absolute error: half of the samples are nearer to their target than this, in units of the target, whatever the outliers.
// Parameter: average. As sklearn.metrics.median_absolute_error.
#include <algorithm>

#include "shared/metrics/output_metric.hpp"

namespace {

class Errors {
 public:
  void clear() {
    errors_.clear();
    weights_.clear();
  }
  void add(double prediction, double target, double weight) {
    errors_.push_back(std::abs(target - prediction));
    weights_.push_back(static_cast<float>(weight));
  }
  void merge(const Errors& other) {
    errors_.insert(errors_.end(), other.errors_.begin(), other.errors_.end());
    weights_.insert(weights_.end(), other.weights_.begin(), other.weights_.end());
  }
  void save(treino::Writer& writer) const {
    writer.write(errors_);
    writer.write(weights_);
  }
  void load(treino::Reader& reader) {
    reader.read(errors_);
    reader.read(weights_);
    if (errors_.size() != weights_.size()) throw std::runtime_error("the saved errors and weights differ in number");
  }
  double value() const {
    const bool undefined = std::any_of(errors_.begin(), errors_.end(), [](double error) { return std::isnan(error); });
    if (errors_.empty() || undefined) return std::numeric_limits<double>::quiet_NaN();
    const bool weighted = std::any_of(weights_.begin(), weights_.end(), [](float weight) { return weight != 1; });
    return weighted ? weighted_median() : median();
  }

 private:
  /// The middle one, or the mean of the two in the middle.
  double median() const {
    std::vector<double> errors = errors_;
    const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
    std::nth_element(errors.begin(), middle, errors.end());
    return errors.size() % 2 == 1 ? *middle : (*middle + *std::max_element(errors.begin(), middle)) / 2;
  }
  /// The smallest error that, with all smaller ones, has half of the weight.
  double weighted_median() const {
    std::vector<std::pair<double, double>> errors;
    double half = 0, sum = 0;
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      errors.emplace_back(errors_[i], static_cast<double>(weights_[i]));
      half += errors.back().second / 2;
    }
    std::sort(errors.begin(), errors.end());
    // Sums in another order differ in their last digits.
    for (const auto& [error, weight] : errors)
      if ((sum += weight) >= half - 1e-12 * half) return error;
    return errors.back().first;
  }

  std::vector<double> errors_;
  std::vector<float> weights_;
};

class MedianAbsoluteError final : public treino::OutputMetric<Errors> {
 public:
  explicit MedianAbsoluteError(const treino::Setup& setup)
      : OutputMetric(setup, "median_absolute_error", treino::Direction::lower) {}
};

}  // namespace

TREINO_PLUGIN(MedianAbsoluteError, R"toml(
kind = "metric"
id = "median_absolute_error"
version = "1.0.0"
summary = "Median absolute error, in units of the target."
target = ["values"]
scalars = ["median_absolute_error", "median_absolute_error_*"]
help = """
median_absolute_error of an output = median of |target - prediction|, of an even number the mean of the two in the middle; with
weights other than 1 the smallest error that, with all smaller ones, has half of the weight. As in scikit-learn. NaN where one is NaN.
average = "none" gives a value for each output, called median_absolute_error_0, median_absolute_error_1 and so on.
Memory: 12 bytes per sample and output. Computing sorts them."""
)toml" TREINO_OUTPUTS_AVERAGE_TOML)
