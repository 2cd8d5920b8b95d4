// Log-cosh: the logarithm of the error's hyperbolic cosine, e^2 / 2 for small errors and |e| - log 2 for large ones, smooth in
// between. As keras.losses.LogCosh. Parameter: reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct LogCosh : treino::LossCurve {
  using Real = float;
  static constexpr const char* name = "log_cosh";
  explicit LogCosh(const treino::Setup&) {}
  TREINO_ALWAYS_INLINE treino::Term<float> at(float prediction, float target, std::int64_t /*output*/) const {
    const float error = prediction - target, size = std::abs(error);
    // Far out, log cosh e = |e| - log 2 + log(1 + e^-2|e|), and tanh e by the same power. Near 0 both cancel: there cosh e is
    // 1 + 2 sinh(e / 2)^2 and sinh e is 2 sinh(e / 2) cosh(e / 2), by their series.
    const bool near = size < 1;
    const float power = treino::fast::exp_below_one(-2 * size);
    const float half = size / 2, square = half * half;
    const float sinh = half * (1 + square * (1.0f / 6 + square * (1.0f / 120 + square * (1.0f / 5040))));
    const float cosh = 1 + square * (1.0f / 2 + square * (1.0f / 24 + square * (1.0f / 720 + square * (1.0f / 40320))));
    const treino::fast::LogAndInverse more = treino::fast::log1p_up_to_one(treino::fast::select(near, 2 * sinh * sinh, power));
    const float tanh = treino::fast::select(near, 2 * sinh * cosh, 1 - power) * more.inverse;
    return {treino::fast::select(near, 0.0f, size - 0.69314718f) + more.log, std::copysign(tanh, error)};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<LogCosh>, R"toml(
kind = "loss"
id = "log_cosh"
version = "1.0.1"
summary = "Logarithm of the hyperbolic cosine of the error: quadratic near zero, linear in the tails."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of log cosh e, with e = prediction - target: about e^2 / 2 near 0, |e| - log 2 far out
gradient = tanh e / outputs, times the sample's weight, over what `reduction` divides by
As keras.losses.LogCosh. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
