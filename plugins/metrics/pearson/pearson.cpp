// Pearson's correlation of predictions and targets: how well a straight line turns the one into the other. Parameter: average.
// As scipy.stats.pearsonr, with weights.
#include "shared/metrics/moments.hpp"
#include "shared/metrics/output_metric.hpp"

namespace {

struct Pairs : treino::Moments {
  double value() const { return correlation(); }
};

class Pearson final : public treino::OutputMetric<Pairs> {
 public:
  explicit Pearson(const treino::Setup& setup) : OutputMetric(setup, "pearson", treino::Direction::higher) {}
};

}  // namespace

TREINO_PLUGIN(Pearson, R"toml(
kind = "metric"
id = "pearson"
version = "1.0.0"
summary = "Pearson's correlation of predictions and targets."
target = ["values"]
scalars = ["pearson", "pearson_*"]
help = """
pearson of an output = covariance(prediction, target) / (deviation of prediction * deviation of target), all in sample weights
NaN where one of the two does not vary.
average = "none" gives a value for each output, called pearson_0, pearson_1 and so on.
Memory: constant (six sums per output). The sums run about the means (Welford), so that values far from 0 lose no digits."""
)toml" TREINO_OUTPUTS_AVERAGE_TOML)
