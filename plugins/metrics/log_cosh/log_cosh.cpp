// Log-cosh error: the mean over samples and outputs of log(cosh(prediction - target)): half the squared error where that is
// small, the absolute error less log 2 where it is large. No parameters. As keras.metrics.LogCoshError.
#include <treino/kit/mean_metric.hpp>

namespace {

class LogCosh final : public treino::TermMetric<LogCosh> {
 public:
  LogCosh() : TermMetric("log_cosh", treino::Direction::lower) {}
  TREINO_ALWAYS_INLINE double term(double prediction, double target) const {
    const double error = std::abs(prediction - target);
    return error + treino::fast::log1p(treino::fast::exp(-2 * error)) - 0.69314718055994530942;
  }
};

}  // namespace

TREINO_PLUGIN(LogCosh, R"toml(
kind = "metric"
id = "log_cosh"
version = "1.0.0"
summary = "Mean of log(cosh(error))."
target = ["values", "one_hot"]
help = """
log_cosh = sum over samples of weight * (mean over outputs of log(cosh(prediction - target))) / sum of weights; NaN before the first sample
worked out as |x| + log(1 + exp(-2 |x|)) - log 2, which no error is too large for. As keras.metrics.LogCoshError.
Memory: constant (two sums)."""
)toml")
