// Log-cosh: the logarithm of the error's hyperbolic cosine, e^2 / 2 for small errors and |e| - log 2 for large ones, smooth in
// between. As keras.losses.LogCosh. Parameter: reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct LogCosh : treino::LossCurve {
  static constexpr const char* name = "log_cosh";
  explicit LogCosh(const treino::Setup&) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, size = std::abs(error);
    const double power = treino::fast::exp(-size), square = power * power;
    // cosh e = 1 + (1 - e^-|e|)^2 / (2 e^-|e|): the first form is good near 0, where the other one cancels; very near 0, where it
    // cancels too, log cosh e is e^2 / 2 and tanh e is e.
    const bool near = size < 1, nearest = size < 1e-5;
    const double small = treino::fast::select(near, (1 - power) * (1 - power) / (2 * power), square);
    const double loss = treino::fast::select(near, 0.0, size - 0.6931471805599453) + treino::fast::log1p(small);
    return {treino::fast::select(nearest, error * error / 2, loss),
            treino::fast::select(nearest, error, std::copysign((1 - square) / (1 + square), error))};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<LogCosh>, R"toml(
kind = "loss"
id = "log_cosh"
version = "1.0.0"
summary = "Logarithm of the hyperbolic cosine of the error: quadratic near zero, linear in the tails."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of log cosh e, with e = prediction - target: about e^2 / 2 near 0, |e| - log 2 far out
gradient = tanh e / outputs, times the sample's weight, over what `reduction` divides by
As keras.losses.LogCosh. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
