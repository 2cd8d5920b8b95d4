// Smooth L1: the absolute error with its kink rounded off below beta. Huber's loss over beta, so that the slope of the tails is 1
// whatever beta is. R. Girshick, Fast R-CNN, ICCV 2015. As torch.nn.SmoothL1Loss. Parameters: beta, reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct SmoothL1 : treino::LossCurve {
  static constexpr const char* name = "smooth_l1";
  explicit SmoothL1(const treino::Setup& setup) : beta(setup.get<double>("beta")) {}
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, size = std::abs(error), inside = treino::fast::at_most(size, beta);
    return {inside * (size - inside / 2) / beta, std::copysign(inside, error) / beta};
  }
  double beta;
};

}  // namespace

TREINO_PLUGIN(treino::ElementwiseLoss<SmoothL1>, R"toml(
kind = "loss"
id = "smooth_l1"
version = "1.0.0"
summary = "Absolute error that is quadratic below beta."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of e^2 / (2 beta) where |e| <= beta, else |e| - beta / 2, with e = prediction - target
gradient = e / beta, kept within -1 .. 1, / outputs, times the sample's weight, over what `reduction` divides by
It is huber with delta = beta, over beta; as beta goes to 0 it becomes mae, as beta grows it flattens.
R. Girshick, Fast R-CNN, ICCV 2015. As torch.nn.SmoothL1Loss. A sample of weight 0 may hold anything, NaN too."""
[parameters.beta]
type = "float"
default = 1.0
above = 0.0
doc = "where it turns linear, in units of the target"
)toml" TREINO_REDUCTION_TOML)
