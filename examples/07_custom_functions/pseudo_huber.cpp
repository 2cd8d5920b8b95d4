// A loss of your own without its derivative: dual numbers bring it along. delta^2 (sqrt(1 + (e / delta)^2) - 1), a smooth huber.
#include <treino/kit/dual.hpp>

namespace {

struct PseudoHuber : treino::AutodiffCurve<PseudoHuber> {
  static constexpr const char* name = "pseudo_huber";
  explicit PseudoHuber(const treino::Setup& setup) : delta(setup.get<double>("delta")) {}

  template <class Number>
  TREINO_ALWAYS_INLINE Number loss(Number prediction, double target) const {
    const Number error = (prediction - target) / delta;
    return delta * delta * (sqrt(1 + square(error)) - 1);
  }
  double delta;
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<PseudoHuber>, R"toml(
kind = "loss"
id = "pseudo_huber"
version = "1.0.0"
summary = "squared error near zero, absolute error far from it, smooth between"
target = ["values"]
parameters.delta = { type = "float", default = 1.0, above = 0.0, doc = "where it turns linear, in units of the target" }
)toml" TREINO_REDUCTION_TOML)
