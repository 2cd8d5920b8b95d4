// Asymmetric squared error: predicting too little costs alpha times as much as predicting too much by the same amount.
// A sample's loss is the mean over its outputs of alpha (y - p)^2 where y > p, else (y - p)^2; alpha = 1 is mse.
// Parameters: alpha, reduction. For demand, load and time to failure, where too little costs more than too much, or the reverse.
#include <algorithm>
#include <treino/loss.hpp>
#include <treino/reduction.hpp>

namespace {

class AsymmetricMse final : public treino::Loss {
 public:
  explicit AsymmetricMse(const treino::Setup& setup) : alpha_(setup.get<double>("alpha")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (!problem.target_is_values())
      throw std::invalid_argument(
          "asymmetric_mse needs values as target, not classes: take cross_entropy, or mse on one-hot targets");
    problem.expect_an_output_a_column();
  }

  /// Throws std::domain_error where a target is not a finite number. A sample of weight 0 counts for nothing, whatever it holds.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const std::int64_t outputs = prediction.columns();
    const double weight = reduction_.weight(prediction.rows(), weights);
    const double scale = 2 * treino::Reduction::scale(weight) / static_cast<double>(outputs);
    double sum = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double sample_weight = static_cast<double>(weights[sample]);
      if (sample_weight == 0) {
        if (gradient) std::fill_n(gradient.row(sample), outputs, 0.0f);
        continue;
      }
      double squares = 0;
      for (std::int64_t output = 0; output < outputs; ++output) {
        const double wanted = static_cast<double>(target.values()(sample, output));
        if (!std::isfinite(wanted))
          throw std::domain_error("target of sample " + std::to_string(sample) + " is not a finite number");
        const double error = static_cast<double>(prediction(sample, output)) - wanted;
        const double side = error < 0 ? alpha_ : 1;
        squares += side * error * error;
        if (gradient) gradient(sample, output) = static_cast<float>(scale * sample_weight * side * error);
      }
      sum += sample_weight * squares / static_cast<double>(outputs);
    }
    return {sum, weight};
  }

 private:
  double alpha_;
  treino::Reduction reduction_;
};

}  // namespace

TREINO_PLUGIN(AsymmetricMse, R"toml(
kind = "loss"
id = "asymmetric_mse"
version = "1.0.0"
summary = "squared error that counts alpha times where the prediction is too low"
target = ["values"]
help = """
loss of a sample = mean over outputs of alpha (y - p)^2 where y > p, else (y - p)^2, with y the target and p the prediction
gradient = 2 alpha (p - y) / outputs where y > p, else 2 (p - y) / outputs, times the sample's weight, over what `reduction` divides by
alpha > 1 pushes predictions up, alpha < 1 down, alpha = 1 is mse. A sample of weight 0 may hold anything, NaN too."""
[parameters.alpha]
type = "float"
default = 2.0
above = 0.0
doc = "weight of the squares where the target is above the prediction"
[parameters.reduction]
type = "string"
default = "mean"
choices = ["mean", "weighted_mean", "sum"]
doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1"
)toml")
