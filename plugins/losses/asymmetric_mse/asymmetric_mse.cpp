// Asymmetric squared error: predicting too little costs alpha times as much as predicting too much by the same amount.
// A sample's loss is the mean over its outputs of alpha (y - p)^2 where y > p, else (y - p)^2; alpha = 1 is mse.
// Parameters: alpha, reduction. For demand, load and time to failure, where too little costs more than too much, or the reverse.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct AsymmetricMse : treino::LossCurve {
  static constexpr const char* name = "asymmetric_mse";
  explicit AsymmetricMse(const treino::Setup& setup) : alpha(setup.get<double>("alpha")) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, side = treino::fast::select(error < 0, alpha, 1.0);
    return {side * error * error, 2 * side * error};
  }
  double alpha;
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<AsymmetricMse>, R"toml(
kind = "loss"
id = "asymmetric_mse"
version = "1.0.0"
summary = "Mean squared error that weighs predictions below the target alpha times."
target = ["values"]
help = """
loss of a sample = mean over outputs of alpha (y - p)^2 where y > p, else (y - p)^2, with y the target and p the prediction
gradient = 2 alpha (p - y) / outputs where y > p, else 2 (p - y) / outputs, times the sample's weight, over what `reduction` divides by
alpha > 1 pushes predictions up, alpha < 1 down, alpha = 1 is mse. A sample of weight 0 may hold anything, NaN too."""
[parameters.alpha]
type = "float"
default = 2.0
above = 0.0
doc = "weight of the squares where the target is above the prediction"
)toml" TREINO_REDUCTION_TOML)
