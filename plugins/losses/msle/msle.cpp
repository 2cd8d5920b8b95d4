// Mean squared logarithmic error: the squared difference of log(1 + y), so that being wrong by a factor costs the same for small
// and large targets. As keras.losses.MeanSquaredLogarithmicError but for predictions below 0. Parameter: reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct MeanSquaredLogError : treino::LossCurve {
  static constexpr const char* name = "msle";
  explicit MeanSquaredLogError(const treino::Setup&) { lowest = 0; }
  /// In float but for the square, which is finite where a float's is not.
  TREINO_ALWAYS_INLINE treino::Term<double> at(double given, double wanted, std::int64_t /*output*/) const {
    const auto prediction = static_cast<float>(given), target = static_cast<float>(wanted);
    const float safe = treino::fast::at_least(prediction, 0.0f);
    // Below 0 the logarithm continues as its tangent, which leads back.
    const float below = treino::fast::at_most(prediction, 0.0f), infinite = std::numeric_limits<float>::infinity();
    // The logarithms' difference is that of a quotient, which for near ones loses nothing: of the larger by the smaller, which is above 0.
    const bool more = safe >= target;
    const float inverse = 1 / (1 + safe);
    const float quotient = treino::fast::select(more, (safe - target) / (1 + target), (target - safe) * inverse);
    const float logarithm = treino::fast::log1p(quotient);
    const double difference = static_cast<double>(treino::fast::select(more, logarithm, -logarithm) + below);
    const double slope = 2 * difference * static_cast<double>(inverse);
    const bool endless = safe == infinite;
    return {treino::fast::select(endless, std::numeric_limits<double>::infinity(), difference * difference),
            treino::fast::select(endless, 0.0, slope)};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<MeanSquaredLogError>, R"toml(
kind = "loss"
id = "msle"
version = "1.0.1"
summary = "Mean squared error of log(1 + y)."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of (log(1 + target) - log(1 + prediction))^2
gradient = 2 (log(1 + prediction) - log(1 + target)) / (1 + prediction) / outputs, times the sample's weight, over what `reduction` divides by
Below 0 log(1 + prediction) continues as its tangent, the prediction itself, so that a negative prediction is drawn back
(Keras takes it for 0, where nothing draws). Targets have to be 0 or above. As keras.losses.MeanSquaredLogarithmicError and
sklearn.metrics.mean_squared_log_error. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
