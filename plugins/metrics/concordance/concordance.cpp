// Concordance correlation: like Pearson's, but 1 only where predictions equal targets, not where a line leads from one to the
// other. Parameter: average. L. I. Lin, A concordance correlation coefficient to evaluate reproducibility, Biometrics 45 (1989).
#include "shared/metrics/moments.hpp"
#include "shared/metrics/output_metric.hpp"

namespace {

struct Pairs : treino::Moments {
  double value() const {
    const double apart = mean().x() - mean().y();
    return 2 * covariance() / (variance().sum() + apart * apart);
  }
};

class Concordance final : public treino::OutputMetric<Pairs> {
 public:
  explicit Concordance(const treino::Setup& setup) : OutputMetric(setup, "concordance", treino::Direction::higher) {}
};

}  // namespace

TREINO_PLUGIN(Concordance, R"toml(
kind = "metric"
id = "concordance"
version = "1.0.0"
summary = "Concordance correlation coefficient, which counts shift and scale as errors."
target = ["values"]
scalars = ["concordance", "concordance_*"]
help = """
concordance of an output = 2 covariance / (variance of prediction + variance of target + (difference of their means)^2), all in sample
weights and over n; NaN where neither varies and they are equal, and before the first sample
average = "none" gives a value for each output, called concordance_0, concordance_1 and so on.
Memory: constant (six sums per output). The sums run about the means (Welford), so that values far from 0 lose no digits."""
)toml" TREINO_OUTPUTS_AVERAGE_TOML)
