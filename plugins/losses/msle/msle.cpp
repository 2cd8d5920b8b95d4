// Mean squared logarithmic error: the squared difference of log(1 + y), so that being wrong by a factor costs the same for small
// and large targets. As keras.losses.MeanSquaredLogarithmicError but for predictions below 0. Parameter: reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

/// log((1 + a) / (1 + b)) for a, b >= 0, without a loss where they are near each other; of an infinite a some number.
TREINO_ALWAYS_INLINE inline float log_of_quotient(float a, float b) {
  using treino::fast::detail::same_bits;
  const float above = 1 + a, below = 1 + b;
  // (1 + a) / (1 + b) = 2^k (1 + s) / (1 - s), whose logarithm is k log 2 + 2 artanh s. The bits of a float are nearly its logarithm:
  // between 1/2 and 2 or a little more k is 0, and what is left of the difference is exact.
  // Without signs until the end: of a target that will be refused the difference is any number.
  const auto distance = same_bits<std::int32_t>(same_bits<std::uint32_t>(above) - same_bits<std::uint32_t>(below));
  const std::int32_t k = (distance + ((distance >> 31) & 0x7fffff)) >> 23;
  const float scaled = same_bits<float>(same_bits<std::uint32_t>(above) - (static_cast<std::uint32_t>(k) << 23));
  const float powers = static_cast<float>(k);
  const float s = treino::fast::select(k == 0, a - b, scaled - below) / (scaled + below);
  const float z = s * s, square = z * z;
  const float series = (0.666666973f + z * 0.399969528f) + square * ((0.286691841f + z * 0.208739449f) + square * 0.263058507f);
  return powers * 0x1.62ep-1f + (powers * 0x1.0bfbe8p-15f + (2 * s + s * z * series));
}

struct Quantities : treino::LossCurve {
  Quantities() { lowest = 0; }
};

/// Below 0 the logarithm continues as its tangent, which leads back.
struct InDouble : Quantities {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const double safe = treino::fast::at_least(prediction, 0.0), below = treino::fast::at_most(prediction, 0.0);
    const double difference = treino::fast::log1p(safe) + below - treino::fast::log1p(target);
    const bool endless = prediction == infinite;
    return {treino::fast::select(endless, infinite, difference * difference),
            treino::fast::select(endless, 0.0, 2 * difference / (1 + safe))};
  }
};

/// The same in float, where the square is finite there.
struct MeanSquaredLogError : Quantities {
  using Real = float;
  static constexpr const char* name = "msle";
  explicit MeanSquaredLogError(const treino::Setup&) {}
  InDouble precise() const { return {}; }

  TREINO_ALWAYS_INLINE float first_step(float prediction, float target) const {
    return log_of_quotient(treino::fast::at_least(prediction, 0.0f), target);
  }
  TREINO_ALWAYS_INLINE treino::Term<float> at(float prediction, float /*target*/, std::int64_t /*output*/,
                                              float logarithm) const {
    // NaN where the prediction is infinite: that is left to precise().
    const float difference = logarithm + treino::fast::at_most(prediction, 0.0f) + (prediction - prediction);
    return {difference * difference, difference * (2 / (1 + treino::fast::at_least(prediction, 0.0f)))};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<MeanSquaredLogError>, R"toml(
kind = "loss"
id = "msle"
version = "1.0.2"
summary = "Mean squared error of log(1 + y)."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of (log(1 + target) - log(1 + prediction))^2
gradient = 2 (log(1 + prediction) - log(1 + target)) / (1 + prediction) / outputs, times the sample's weight, over what `reduction` divides by
Below 0 log(1 + prediction) continues as its tangent, the prediction itself, so that a negative prediction is drawn back
(Keras takes it for 0, where nothing draws). Targets have to be 0 or above. As keras.losses.MeanSquaredLogarithmicError and
sklearn.metrics.mean_squared_log_error. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
