// Gaussian negative log-likelihood: the model predicts a mean and how sure it is of it. For each column of the target it has two
// outputs: first all means, then the logarithms of all variances. D. A. Nix, A. S. Weigend, Estimating the mean and variance of
// the target probability distribution, ICNN 1994. As torch.nn.GaussianNLLLoss with var = exp(output). Parameters: full,
// reduction.
#include <algorithm>
#include <treino/kit/elementwise_loss.hpp>

namespace {

class GaussianNll final : public treino::Loss {
 public:
  explicit GaussianNll(const treino::Setup& setup) : full_(setup.get<bool>("full")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (problem.target_is_index())
      throw std::invalid_argument("gaussian_nll needs values as target, not class indices: take cross_entropy");
    const std::int64_t columns = problem.target_columns();
    if (problem.outputs() != 2 * columns)
      throw std::invalid_argument("gaussian_nll: the target has " + std::to_string(columns) + " columns, the model " +
                                  std::to_string(problem.outputs()) + " outputs: give its last layer " +
                                  std::to_string(2 * columns) + " units, a mean and a log-variance for each column");
    work_.assign(static_cast<std::size_t>(columns), 0);
    unwanted_.assign(static_cast<std::size_t>(problem.outputs()), 0);
  }

  /// prediction, gradient: batch x 2 columns; target: batch x columns.
  /// Throws std::domain_error where a target is not a finite number. A sample of weight 0 counts for nothing, whatever it holds.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const std::int64_t columns = target.values().columns();
    const double weight = reduction_.weight(prediction.rows(), weights);
    const double scale = treino::Reduction::scale(weight) / static_cast<double>(columns);
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = static_cast<double>(weights[sample]);
        float* slopes = gradient ? gradient.row(sample) : unwanted_.data();
        if (sample_weight == 0) {
          std::fill_n(slopes, 2 * columns, 0.0f);
          continue;
        }
        const float *mean = prediction.row(sample), *wanted = target.values().row(sample);
        treino::check_targets(wanted, columns, sample, -all, all);
        row(mean, mean + columns, wanted, slopes, slopes + columns, columns, scale * sample_weight);
        sum += sample_weight * treino::fast::sum(work_.data(), columns) / static_cast<double>(columns);
      }
    });
    return {sum, weight};
  }

 private:
  static constexpr double all = std::numeric_limits<double>::max(), infinite = std::numeric_limits<double>::infinity();
  static constexpr double surest = 60;  // beyond, 1 / variance continues as its tangent: e^60 times errors is what a float holds

  TREINO_ALWAYS_INLINE void row(const float* TREINO_RESTRICT means, const float* TREINO_RESTRICT log_variances,
                                const float* TREINO_RESTRICT wanted, float* TREINO_RESTRICT mean_slopes,
                                float* TREINO_RESTRICT variance_slopes, std::int64_t columns, double scale) {
    double* TREINO_RESTRICT losses = work_.data();
    const double constant = full_ ? 0.9189385332046727 : 0;  // log(2 pi) / 2
    for (std::int64_t i = 0; i < columns; ++i) {
      const double sureness = -static_cast<double>(log_variances[i]), within = treino::fast::at_most(sureness, surest);
      const double power = treino::fast::exp(within), precision = power * (1 + treino::fast::at_least(sureness - surest, 0.0));
      const double error = static_cast<double>(means[i]) - static_cast<double>(wanted[i]);
      // Of a variance of 0 the tangent's end: what an error costs, against what sureness brings.
      const double end = treino::fast::select(error * error * power > 1, infinite, -infinite);
      losses[i] = treino::fast::select(sureness == infinite, end, (error * error * precision - sureness) / 2 + constant);
      mean_slopes[i] = static_cast<float>(treino::fast::select(error == 0, 0.0, scale * error * precision));
      variance_slopes[i] = static_cast<float>(scale * (1 - error * error * power) / 2);
    }
  }

  bool full_;
  treino::Reduction reduction_;
  std::vector<double> work_;
  std::vector<float> unwanted_;
};

}  // namespace

TREINO_PLUGIN(GaussianNll, R"toml(
kind = "loss"
id = "gaussian_nll"
version = "1.0.0"
summary = "Negative log-likelihood of a Gaussian with predicted mean and variance."
target = ["values"]
help = """
loss of a sample = mean over the target's columns of (s + (y - m)^2 exp(-s)) / 2, with y the target, m the predicted mean and s the
predicted logarithm of the variance; full = true adds log(2 pi) / 2
The model has two outputs for each column of the target: first all m, then all s.
gradient by m = (m - y) exp(-s), by s = (1 - (y - m)^2 exp(-s)) / 2, / columns, times the sample's weight, over what `reduction`
divides by. Below s = -60 exp(-s) continues as its tangent, so that value and gradient stay finite.
D. A. Nix, A. S. Weigend, ICNN 1994. As torch.nn.GaussianNLLLoss with var = exp(s). A sample of weight 0 may hold anything, NaN too."""
[parameters.full]
type = "bool"
default = false
doc = "adds the constant log(2 pi) / 2, so that values are likelihoods"
)toml" TREINO_REDUCTION_TOML)
