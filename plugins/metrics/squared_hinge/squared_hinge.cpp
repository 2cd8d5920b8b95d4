// Squared hinge: how much the margin of the right class falls short of 1, squared. No parameters. Of values as
// keras.metrics.SquaredHinge; of classes with the margin of K. Crammer, Y. Singer, JMLR 2 (2001).
#include "shared/metrics/margin_metric.hpp"

namespace {

struct SquaredShortfall {
  double operator()(double margin) const { return margin > 1 ? 0 : (1 - margin) * (1 - margin); }
};

class SquaredHinge final : public treino::MarginMetric<SquaredShortfall> {
 public:
  SquaredHinge() : MarginMetric("squared_hinge", treino::Direction::lower) {}
};

}  // namespace

TREINO_PLUGIN(SquaredHinge, R"toml(
kind = "metric"
id = "squared_hinge"
version = "1.0.0"
summary = "Mean squared hinge loss."
target = ["index", "one_hot", "values"]
help = """
squared_hinge = sum over samples of weight * max(0, 1 - margin)^2 / sum of weights; NaN before the first sample
margin of classes: the output of the right class less the largest other one; with one output: that output, its sign changed for class 0
of values: the mean over outputs, with margin = y * prediction, y = 1 where the target is above 0, else -1 (so of 0 and 1, or
-1 and 1, not of probabilities: 0.25 counts as yes, where metrics of classes cut targets of values at 0.5)
Memory: constant (two sums)."""
)toml")
