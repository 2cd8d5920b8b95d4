// Hinge loss: an output answers yes by being above 0, and costs nothing once it is right by a margin of 1. The loss of support
// vector machines. C. Cortes, V. Vapnik, Support-Vector Networks, Machine Learning 20 (1995). As keras.losses.Hinge. Parameters:
// labels, reduction.
#include "shared/losses/margin_loss.hpp"

namespace {

struct Hinge : treino::MarginCurve {
  static constexpr const char* name = "hinge";
  explicit Hinge(const treino::Setup& setup) : MarginCurve(setup) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double sign = sign_of(target), short_of = shortfall(sign, prediction);
    return {treino::fast::at_least(short_of, 0.0), treino::fast::select(short_of > 0, -sign, 0.0)};
  }
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<Hinge>, R"toml(
kind = "loss"
id = "hinge"
version = "1.0.0"
summary = "Hinge loss of independent binary outputs."
target = ["index", "one_hot", "values"]
help = """
loss of a sample = mean over outputs of max(0, 1 - s z), with z the output and s = 1 where the target is yes, -1 where it is no
gradient = -s / outputs where s z < 1, else 0, times the sample's weight, over what `reduction` divides by
One output with class indices: class 1 is the yes. Several outputs: one-hot rows, or any rows of answers (several may hold at once);
targets in between give an s in between. As keras.losses.Hinge. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_LABELS_TOML TREINO_REDUCTION_TOML)
