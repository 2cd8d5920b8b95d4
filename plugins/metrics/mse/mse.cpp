// Mean squared error: the mean over samples and outputs of (target - prediction)^2, in units of the target squared. No
// parameters. As keras.metrics.MeanSquaredError and sklearn.metrics.mean_squared_error.
#include <treino/kit/mean_metric.hpp>

namespace {

class MeanSquaredError final : public treino::TermMetric<MeanSquaredError> {
 public:
  MeanSquaredError() : TermMetric("mse", treino::Direction::lower) {}
  TREINO_ALWAYS_INLINE double term(double prediction, double target) const {
    const double error = target - prediction;
    return error * error;
  }
};

}  // namespace

TREINO_PLUGIN(MeanSquaredError, R"toml(
kind = "metric"
id = "mse"
version = "1.0.0"
summary = "Mean squared error, in squared units of the target."
target = ["values", "one_hot"]
help = """
mse = sum over samples of weight * (mean over outputs of (target - prediction)^2) / sum of weights; NaN before the first sample
As keras.metrics.MeanSquaredError and sklearn.metrics.mean_squared_error.
Memory: constant (two sums)."""
)toml")
