// Mean absolute error: the mean over samples and outputs of |target - prediction|, in units of the target. No parameters.
// As keras.metrics.MeanAbsoluteError and sklearn.metrics.mean_absolute_error.
#include <treino/metric.hpp>

namespace {

class MeanAbsoluteError final : public treino::Metric {
 public:
  void prepare(const treino::Problem& problem) override {
    if (!problem.target_is_values())
      throw std::invalid_argument("mae needs values as target, these are classes: take accuracy or another metric of classes");
    problem.expect_an_output_a_column();
  }
  std::vector<treino::MetricValue> values() const override { return {{"mae", treino::Direction::lower}}; }
  void reset() override { sum_ = weights_ = 0; }
  /// A sample of weight 0 counts for nothing, whatever it holds.
  void update(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights) override {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      double error = 0;
      for (std::int64_t output = 0; output < prediction.columns(); ++output)
        error += std::abs(static_cast<double>(prediction(sample, output)) - static_cast<double>(target.values()(sample, output)));
      sum_ += weight * error / static_cast<double>(prediction.columns());
      weights_ += weight;
    }
  }
  /// NaN where there were no samples.
  void compute(double* values) const override { *values = sum_ / weights_; }
  void save(treino::Writer& writer) const override {
    writer.write(sum_);
    writer.write(weights_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto sum = reader.get<double>(), weights = reader.get<double>();
    sum_ = sum;
    weights_ = weights;
  }
  void merge(const MeanAbsoluteError& other) {
    sum_ += other.sum_;
    weights_ += other.weights_;
  }

 private:
  double sum_ = 0, weights_ = 0;
};

}  // namespace

TREINO_PLUGIN(MeanAbsoluteError, R"toml(
kind = "metric"
id = "mae"
version = "1.0.0"
summary = "mean absolute error, in units of the target"
target = ["values"]
help = """
mae = sum over samples of weight * (mean over outputs of |target - prediction|) / sum of weights; NaN before the first sample
As keras.metrics.MeanAbsoluteError and sklearn.metrics.mean_absolute_error."""
)toml")
