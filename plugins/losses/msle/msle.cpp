// Mean squared logarithmic error: the squared difference of log(1 + y), so that being wrong by a factor costs the same for small
// and large targets. As keras.losses.MeanSquaredLogarithmicError but for predictions below 0. Parameter: reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct MeanSquaredLogError : treino::LossCurve {
  static constexpr const char* name = "msle";
  explicit MeanSquaredLogError(const treino::Setup&) { lowest = 0; }
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double safe = treino::fast::at_least(prediction, 0.0);
    // Below 0 the logarithm continues as its tangent, which leads back.
    const double below = treino::fast::at_most(prediction, 0.0), infinite = std::numeric_limits<double>::infinity();
    const double logarithm = treino::fast::select(safe == infinite, infinite, treino::fast::log1p(safe));
    const double difference = logarithm + below - treino::fast::log1p(target);
    return {difference * difference, treino::fast::select(safe == infinite, 0.0, 2 * difference / (1 + safe))};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<MeanSquaredLogError>, R"toml(
kind = "loss"
id = "msle"
version = "1.0.0"
summary = "Mean squared error of log(1 + y)."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of (log(1 + target) - log(1 + prediction))^2
gradient = 2 (log(1 + prediction) - log(1 + target)) / (1 + prediction) / outputs, times the sample's weight, over what `reduction` divides by
Below 0 log(1 + prediction) continues as its tangent, the prediction itself, so that a negative prediction is drawn back
(Keras takes it for 0, where nothing draws). Targets have to be 0 or above. As keras.losses.MeanSquaredLogarithmicError and
sklearn.metrics.mean_squared_log_error. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
