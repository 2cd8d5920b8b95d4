// Mean absolute error: the mean over samples and outputs of |target - prediction|, in units of the target. No parameters.
// As keras.metrics.MeanAbsoluteError and sklearn.metrics.mean_absolute_error.
#include <treino/kit/mean_metric.hpp>

namespace {

class MeanAbsoluteError final : public treino::TermMetric<MeanAbsoluteError> {
 public:
  MeanAbsoluteError() : TermMetric("mae", treino::Direction::lower) {}
  TREINO_ALWAYS_INLINE double term(double prediction, double target) const { return std::abs(target - prediction); }
};

}  // namespace

TREINO_PLUGIN(MeanAbsoluteError, R"toml(
kind = "metric"
id = "mae"
version = "1.0.0"
summary = "Mean absolute error, in units of the target."
target = ["values", "one_hot"]
help = """
mae = sum over samples of weight * (mean over outputs of |target - prediction|) / sum of weights; NaN before the first sample
As keras.metrics.MeanAbsoluteError and sklearn.metrics.mean_absolute_error.
Memory: constant (two sums)."""
)toml")
