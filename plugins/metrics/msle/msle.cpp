// Mean squared logarithmic error: the mean over samples and outputs of (log(1 + target) - log(1 + prediction))^2, for quantities
// that grow by factors. No parameters. As keras.metrics.MeanSquaredLogarithmicError and sklearn.metrics.mean_squared_log_error.
#include <treino/kit/mean_metric.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

namespace {

class MeanSquaredLogarithmicError final : public treino::TermMetric<MeanSquaredLogarithmicError> {
 public:
  MeanSquaredLogarithmicError() : TermMetric("msle", treino::Direction::lower) {}
  double term(double prediction, double target) const {
    if (target < 0)
      throw std::domain_error("msle takes logarithms of 1 + target, and a target is " + treino::short_text(target) +
                              ": take mse where targets may be below 0");
    const double error = std::log1p(target) - std::log1p(std::max(prediction, 0.0));
    return error * error;
  }
};

}  // namespace

TREINO_PLUGIN(MeanSquaredLogarithmicError, R"toml(
kind = "metric"
id = "msle"
version = "1.0.0"
summary = "Mean squared error of log(1 + value)."
target = ["values", "one_hot"]
help = """
msle = sum over samples of weight * (mean over outputs of (log(1 + target) - log(1 + prediction))^2) / sum of weights; NaN before the first sample
Predictions below 0 count as 0, as in Keras; a target below 0 is an error, as in scikit-learn.
Memory: constant (two sums)."""
)toml")
