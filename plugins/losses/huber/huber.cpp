// Huber loss: quadratic while |error| <= delta, linear beyond, so that an outlier pulls with bounded force.
// P. J. Huber, Robust Estimation of a Location Parameter, Ann. Math. Stat. 35 (1964). As torch.nn.HuberLoss and
// keras.losses.Huber. Parameters: delta, reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct Huber : treino::LossCurve {
  static constexpr const char* name = "huber";
  explicit Huber(const treino::Setup& setup) : delta(setup.get<double>("delta")) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, size = std::abs(error), inside = treino::fast::at_most(size, delta);
    return {inside * (size - inside / 2), std::copysign(inside, error)};
  }
  double delta;
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<Huber>, R"toml(
kind = "loss"
id = "huber"
version = "1.0.0"
summary = "Huber loss: quadratic near zero, linear in the tails."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = prediction - target
gradient = e, kept within -delta .. delta, / outputs, times the sample's weight, over what `reduction` divides by
P. J. Huber, Ann. Math. Stat. 35 (1964). As torch.nn.HuberLoss and keras.losses.Huber. A sample of weight 0 may hold anything, NaN too."""
[parameters.delta]
type = "float"
default = 1.0
above = 0.0
doc = "where it turns linear, in units of the target"
)toml" TREINO_REDUCTION_TOML)
