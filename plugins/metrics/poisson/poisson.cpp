// Poisson negative log-likelihood of counts, without the part that no prediction can change, or twice its distance from the best
// that any prediction could give (deviance). Parameters: deviance, log_input, epsilon. As keras.metrics.Poisson, where log_input
// = false; with deviance = true and epsilon = 0 as sklearn.metrics.mean_poisson_deviance.
#include <treino/kit/mean_metric.hpp>

namespace {

class Poisson final : public treino::TermMetric<Poisson> {
 public:
  explicit Poisson(const treino::Setup& setup)
      : TermMetric("poisson", treino::Direction::lower),
        deviance_(setup.get<bool>("deviance")),
        log_input_(setup.get<bool>("log_input")),
        epsilon_(setup.get<double>("epsilon")) {}
  TREINO_ALWAYS_INLINE double term(double prediction, double target) const {
    const double rate = log_input_ ? std::exp(prediction) : prediction;
    const double log_rate = log_input_ ? prediction : std::log(rate + epsilon_);
    if (!deviance_) return rate - (target == 0 ? 0 : target * log_rate);
    return 2 * (rate - target + (target == 0 ? 0 : target * (std::log(target) - log_rate)));
  }

 private:
  bool deviance_, log_input_;
  double epsilon_;
};

}  // namespace

TREINO_PLUGIN(Poisson, R"toml(
kind = "metric"
id = "poisson"
version = "1.0.0"
summary = "Negative log-likelihood of counts, or their Poisson deviance."
target = ["values", "one_hot"]
help = """
poisson = sum over samples of weight * (mean over outputs of rate - target * log(rate)) / sum of weights; NaN before the first sample
deviance: 2 * (target * log(target / rate) - target + rate) instead, 0 where all rates are right
rate is exp(prediction), as in the loss of this name; with log_input = false the prediction, with epsilon added inside the logarithm.
A prediction below 0 is no rate then: NaN.
Memory: constant (two sums)."""
[parameters.deviance]
type = "bool"
default = false
doc = "twice the distance from the likelihood where each rate is its target"
[parameters.log_input]
type = "bool"
default = true
doc = "the model's outputs are logarithms of rates; false: rates"
[parameters.epsilon]
type = "float"
default = 1e-8
min = 0.0
doc = "added to rates before their logarithm; for log_input = false"
)toml")
