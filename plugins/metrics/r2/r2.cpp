// Coefficient of determination R^2: the part of the target's variance that the predictions explain. 1 is perfect, 0 what the mean
// of the target would give, and there is no lower bound. Parameter: average. As sklearn.metrics.r2_score and
// keras.metrics.R2Score.
#include "shared/metrics/moments.hpp"
#include "shared/metrics/output_metric.hpp"

namespace {

class Explained {
 public:
  void clear() { *this = Explained(); }
  void add(double prediction, double target, double weight) {
    moments_.add(prediction, target, weight);
    residual_ += weight * (target - prediction) * (target - prediction);
    weight_ += weight;
    ++samples_;
  }
  void merge(const Explained& other) {
    moments_.merge(other.moments_);
    residual_ += other.residual_;
    weight_ += other.weight_;
    samples_ += other.samples_;
  }
  void save(treino::Writer& writer) const {
    moments_.save(writer);
    writer.write(residual_);
    writer.write(weight_);
    writer.write(samples_);
  }
  void load(treino::Reader& reader) {
    moments_.load(reader);
    reader.read(residual_);
    reader.read(weight_);
    reader.read(samples_);
  }
  /// Of the target.
  double variance() const { return moments_.variance().y(); }
  double value() const {
    if (samples_ < 2) return std::numeric_limits<double>::quiet_NaN();
    if (variance() == 0) return residual_ == 0 ? 1 : 0;
    return 1 - residual_ / weight_ / variance();
  }

 private:
  treino::Moments moments_;
  double residual_ = 0, weight_ = 0;
  std::uint64_t samples_ = 0;
};

class R2 final : public treino::OutputMetric<Explained> {
 public:
  explicit R2(const treino::Setup& setup) : OutputMetric(setup, "r2", treino::Direction::higher) {}

 protected:
  double averaged() const override {
    const auto count = static_cast<Eigen::Index>(outputs().size());
    Eigen::ArrayXd variances(count), values(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      const Explained& output = outputs()[static_cast<std::size_t>(i)];
      variances(i) = output.variance();
      values(i) = output.value();
    }
    const double all = variances.sum();
    return average() == "uniform" || all == 0 ? OutputMetric::averaged() : (variances * values).sum() / all;
  }
};

}  // namespace

TREINO_PLUGIN(R2, R"toml(
kind = "metric"
id = "r2"
version = "1.0.0"
summary = "Coefficient of determination: share of the variance of the target that the predictions explain."
target = ["values"]
scalars = ["r2", "r2_*"]
help = """
R^2 of an output = 1 - sum of weight * (target - prediction)^2 / sum of weight * (target - weighted mean of target)^2
NaN of fewer than two samples; of a target that does not vary 1 where all predictions are right, else 0: all as in scikit-learn.
average = "none" gives a value for each output, called r2_0, r2_1 and so on.
Memory: constant (nine sums per output). The sums run about the mean (Welford), so that targets far from 0 lose no digits."""
[parameters.average]
type = "string"
default = "uniform"
choices = ["uniform", "variance_weighted", "none"]
doc = "uniform: the mean over outputs; variance_weighted: weighted with the variance of each target; none: a value for each output"
)toml")
