// Mean absolute error: a sample's loss is the mean over its outputs of |target - prediction|. An outlier pulls no harder than any
// other sample; the best constant is the median. Parameter: reduction. As keras.losses.MeanAbsoluteError and torch.nn.L1Loss.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct MeanAbsoluteError : treino::LossCurve {
  static constexpr const char* name = "mae";
  explicit MeanAbsoluteError(const treino::Setup&) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target;
    return {std::abs(error), treino::fast::sign(error)};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<MeanAbsoluteError>, R"toml(
kind = "loss"
id = "mae"
version = "1.0.0"
summary = "Mean absolute error."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of |target - prediction|
gradient = the sign of (prediction - target) / outputs, 0 where they are equal, times the sample's weight, over what `reduction` divides by
As keras.losses.MeanAbsoluteError; with one output as torch.nn.L1Loss. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_REDUCTION_TOML)
