// Squared hinge loss: hinge's shortfall below a margin of 1, squared, so that its slope has no jump.
// As keras.losses.SquaredHinge. Parameters: labels, reduction.
#include "shared/losses/margin_loss.hpp"

namespace {

struct SquaredHinge : treino::MarginCurve {
  static constexpr const char* name = "squared_hinge";
  explicit SquaredHinge(const treino::Setup& setup) : MarginCurve(setup) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double sign = sign_of(target), short_of = shortfall(sign, prediction), cost = treino::fast::at_least(short_of, 0.0);
    return {cost * cost, -2 * sign * cost};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<SquaredHinge>, R"toml(
kind = "loss"
id = "squared_hinge"
version = "1.0.0"
summary = "Squared hinge loss of independent binary outputs."
target = ["index", "one_hot", "values"]
help = """
loss of a sample = mean over outputs of max(0, 1 - s z)^2, with z the output and s = 1 where the target is yes, -1 where it is no
gradient = -2 s max(0, 1 - s z) / outputs, times the sample's weight, over what `reduction` divides by
One output with class indices: class 1 is the yes. Several outputs: one-hot rows, or any rows of answers (several may hold at once);
targets in between give an s in between. As keras.losses.SquaredHinge. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_LABELS_TOML TREINO_REDUCTION_TOML)
