// Mean absolute percentage error: the error as percents of the target, 100 |y - p| / |y|.
// As keras.losses.MeanAbsolutePercentageError. Parameters: epsilon, reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct MeanAbsolutePercentageError : treino::LossCurve {
  static constexpr const char* name = "mape";
  explicit MeanAbsolutePercentageError(const treino::Setup& setup) : epsilon(setup.get<double>("epsilon")) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, size = std::abs(target);
    const double percent = 100 / treino::fast::at_least(size, epsilon);
    return {percent * std::abs(error), percent * treino::fast::sign(error)};
  }
  double epsilon;
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<MeanAbsolutePercentageError>, R"toml(
kind = "loss"
id = "mape"
version = "1.0.0"
summary = "Mean absolute percentage error."
target = ["values"]
help = """
loss of a sample = mean over outputs of 100 |target - prediction| / max(|target|, epsilon)
gradient = 100 / max(|target|, epsilon) with the sign of (prediction - target), 0 where they are equal, / outputs,
times the sample's weight, over what `reduction` divides by
It favors predictions that are too low, and a target of 0 outweighs everything: raise epsilon to the smallest size that matters.
As keras.losses.MeanAbsolutePercentageError. A sample of weight 0 may hold anything, NaN too."""
[parameters.epsilon]
type = "float"
default = 1e-7
above = 0.0
doc = "smallest size of a target to divide by, in units of the target"
)toml" TREINO_REDUCTION_TOML)
