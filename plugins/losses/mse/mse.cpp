// Mean squared error: a sample's loss is the mean over its outputs of (target - prediction)^2.
// Parameter: reduction. As keras.losses.MeanSquaredError and torch.nn.MSELoss.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct MeanSquaredError : treino::LossCurve {
  static constexpr const char* name = "mse";
  explicit MeanSquaredError(const treino::Setup&) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target;
    return {error * error, 2 * error};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<MeanSquaredError>, R"toml(
kind = "loss"
id = "mse"
version = "1.0.0"
summary = "Mean squared error."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of (target - prediction)^2
gradient = 2 (prediction - target) / outputs, times the sample's weight, over what `reduction` divides by
As keras.losses.MeanSquaredError; with one output as torch.nn.MSELoss. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
