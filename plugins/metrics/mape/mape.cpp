// Mean absolute percentage error: the mean over samples and outputs of |target - prediction| / |target|. Parameters: percent,
// epsilon. As keras.metrics.MeanAbsolutePercentageError; with percent = false as sklearn.metrics.mean_absolute_percentage_error.
#include <treino/kit/mean_metric.hpp>

namespace {

class MeanAbsolutePercentageError final : public treino::TermMetric<MeanAbsolutePercentageError> {
 public:
  explicit MeanAbsolutePercentageError(const treino::Setup& setup)
      : TermMetric("mape", treino::Direction::lower),
        percent_(setup.get<bool>("percent")),
        epsilon_(setup.get<double>("epsilon")) {}
  TREINO_ALWAYS_INLINE double term(double prediction, double target) const {
    return std::abs(target - prediction) / std::max(std::abs(target), epsilon_);
  }

 protected:
  double finished(double mean) const override { return percent_ ? 100 * mean : mean; }

 private:
  bool percent_;
  double epsilon_;
};

}  // namespace

TREINO_PLUGIN(MeanAbsolutePercentageError, R"toml(
kind = "metric"
id = "mape"
version = "1.0.0"
summary = "Mean absolute percentage error."
target = ["values"]
help = """
mape = 100 * sum over samples of weight * (mean over outputs of |target - prediction| / max(|target|, epsilon)) / sum of weights; NaN before the first sample
As keras.metrics.MeanAbsolutePercentageError; scikit-learn's has no 100 and an epsilon of 2.220446049250313e-16.
Memory: constant (two sums)."""
[parameters.percent]
type = "bool"
default = true
doc = "times 100; false: as a part of 1"
[parameters.epsilon]
type = "float"
default = 1e-7
above = 0.0
doc = "targets nearer to 0 than this count as this, in units of the target"
)toml")
