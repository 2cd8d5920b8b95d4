// Hinge: how much the margin between the right answer and the others falls short of 1. No parameters.
// As sklearn.metrics.hinge_loss, of values as keras.metrics.Hinge.
// K. Crammer, Y. Singer, On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, JMLR 2 (2001).
#include "shared/metrics/margin_metric.hpp"

namespace {

struct Shortfall {
  double operator()(double margin) const { return margin > 1 ? 0 : 1 - margin; }
};

class Hinge final : public treino::MarginMetric<Shortfall> {
 public:
  Hinge() : MarginMetric("hinge", treino::Direction::lower) {}
};

}  // namespace

TREINO_PLUGIN(Hinge, R"toml(
kind = "metric"
id = "hinge"
version = "1.0.0"
summary = "Mean hinge loss."
target = ["index", "one_hot", "values"]
help = """
hinge = sum over samples of weight * max(0, 1 - margin) / sum of weights; NaN before the first sample
margin of classes: the output of the right class less the largest other one; with one output: that output, its sign changed for class 0
of values: the mean over outputs, with margin = y * prediction, y = 1 where the target is above 0, else -1 (so of 0 and 1, or
-1 and 1, not of probabilities: 0.25 counts as yes, where metrics of classes cut targets of values at 0.5)
Memory: constant (two sums)."""
)toml")
