// Tversky loss: dice with a price for each kind of mistake, alpha for false alarms and beta for misses; beta > alpha buys recall.
// S. S. M. Salehi, D. Erdogmus, A. Gholipour, Tversky loss function for image segmentation, MLMI 2017. Parameters: alpha, beta,
// from_logits, smooth, reduction.
#include "shared/losses/overlap_loss.hpp"

namespace {

class Tversky final : public treino::OverlapLoss {
 public:
  explicit Tversky(const treino::Setup& setup)
      : OverlapLoss(setup, "tversky", setup.get<double>("alpha"), setup.get<double>("beta"), setup.get<double>("smooth")) {}
};

}  // namespace

TREINO_PLUGIN(Tversky, R"toml(
kind = "loss"
id = "tversky"
version = "1.0.0"
summary = "Tversky loss: Dice loss with weights for false positives and false negatives."
target = ["one_hot", "values"]
help = """
loss of a sample = 1 - N / D with N = hits + smooth and D = hits + alpha * false alarms + beta * misses + smooth, where over its outputs
hits = sum of p y, false alarms = sum of p (1 - y), misses = sum of (1 - p) y, with y the target, 0 to 1, and p = sigmoid(logit)
gradient by p = (N (y + alpha (1 - y) - beta y) - y D) / D^2, by the logit that times p (1 - p), times the sample's weight, over what
`reduction` divides by
Where N and D are 0, the loss is 0. alpha = beta = 0.5 is dice with twice the smooth, alpha = beta = 1 the Jaccard index.
S. S. M. Salehi et al., MLMI 2017. A sample of weight 0 may hold anything, NaN too."""
[parameters.alpha]
type = "float"
default = 0.3
min = 0.0
doc = "price of a false alarm, against a hit"
[parameters.beta]
type = "float"
default = 0.7
min = 0.0
doc = "price of a miss, against a hit"
)toml" TREINO_FROM_LOGITS_TOML("sigmoid") TREINO_SMOOTH_TOML TREINO_REDUCTION_TOML)
