// Dice loss: how much of the predicted and the wanted mask do not overlap, for segmentation, where nearly all outputs are
// background. F. Milletari, N. Navab, S.-A. Ahmadi, V-Net, 3DV 2016, without the squares in the denominator. Parameters:
// from_logits, smooth, reduction.
#include "shared/losses/overlap_loss.hpp"

namespace {

class Dice final : public treino::OverlapLoss {
 public:
  // tversky with one half for each kind of mistake; numerator and denominator are half of Dice's, and so is what is added to
  // them.
  explicit Dice(const treino::Setup& setup) : OverlapLoss(setup, "dice", 0.5, 0.5, setup.get<double>("smooth") / 2) {}
};

}  // namespace

TREINO_PLUGIN(Dice, R"toml(
kind = "loss"
id = "dice"
version = "1.0.1"
summary = "Dice loss, for segmentation."
target = ["one_hot", "values"]
help = """
loss of a sample = 1 - (2 sum of p y + smooth) / (sum of p + sum of y + smooth), sums over its outputs, with y the target, 0 to 1,
and p = sigmoid(logit); a sample is one mask, of which each output is one place
gradient by p = (2 (sum of p y) + smooth - 2 y (sum of p + sum of y + smooth)) / (sum of p + sum of y + smooth)^2, by the logit that
times p (1 - p), times the sample's weight, over what `reduction` divides by
Where prediction, target and smooth are all 0, the loss is 0. It is tversky with alpha = beta = 0.5 and half of smooth.
F. Milletari et al., V-Net, 3DV 2016, without the squares in the denominator. A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_FROM_LOGITS_TOML("sigmoid") TREINO_SMOOTH_TOML TREINO_REDUCTION_TOML)
