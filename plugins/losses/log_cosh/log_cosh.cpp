// Log-cosh: the logarithm of the error's hyperbolic cosine, e^2 / 2 for small errors and |e| - log 2 for large ones, smooth in
// between. As keras.losses.LogCosh. Parameter: reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct LogCosh : treino::LossCurve {
  using Real = float;
  static constexpr const char* name = "log_cosh";
  explicit LogCosh(const treino::Setup&) {}
  TREINO_ALWAYS_INLINE float exponent(float prediction, float target) const { return -2 * std::abs(prediction - target); }
  TREINO_ALWAYS_INLINE treino::TermWithLog at(float prediction, float target, std::int64_t /*output*/, float power) const {
    const float error = prediction - target, size = std::abs(error);
    // Far out, log cosh e = |e| - log 2 + log(1 + e^-2|e|), and tanh e by the same power. Near 0 both cancel: there (cosh e - 1) / e^2
    // and sinh e / e are polynomials of e^2, those whose largest error is smallest, 4e-10 and 2e-9.
    const float u = error * error, square = u * u;
    const float more = u * ((0.5f + u * 0.0416666789f) + square * (0.00138877976f + u * 2.51126e-05f));
    const float sinh = size * ((0.999999998f + u * 0.166666788f) + square * (0.0083322477f + u * 0.000201517726f));
    const bool near = size < 0.75f;
    const float added = treino::fast::select(near, more, power);
    const float slope = treino::fast::select(near, sinh, 1 - power) / (1 + added);
    return {treino::fast::select(near, 0.0f, size - 0.69314718f), std::copysign(slope, error), added};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<LogCosh>, R"toml(
kind = "loss"
id = "log_cosh"
version = "1.0.2"
summary = "Logarithm of the hyperbolic cosine of the error: quadratic near zero, linear in the tails."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of log cosh e, with e = prediction - target: about e^2 / 2 near 0, |e| - log 2 far out
gradient = tanh e / outputs, times the sample's weight, over what `reduction` divides by
As keras.losses.LogCosh. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
