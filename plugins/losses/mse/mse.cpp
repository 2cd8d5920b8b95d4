// Mean squared error: a sample's loss is the mean over its outputs of (target - prediction)^2.
// Parameter: reduction. As keras.losses.MeanSquaredError and torch.nn.MSELoss.
#include <algorithm>
#include <treino/loss.hpp>
#include <treino/reduction.hpp>

namespace {

class MeanSquaredError final : public treino::Loss {
 public:
  explicit MeanSquaredError(const treino::Setup& setup) : reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (problem.target_is_index())
      throw std::invalid_argument("mse needs values as target, not class indices: take cross_entropy");
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
        squares += error * error;
        if (gradient) gradient(sample, output) = static_cast<float>(scale * sample_weight * error);
      }
      sum += sample_weight * squares / static_cast<double>(outputs);
    }
    return {sum, weight};
  }

 private:
  treino::Reduction reduction_;
};

}  // namespace

TREINO_PLUGIN(MeanSquaredError, R"toml(
kind = "loss"
id = "mse"
version = "1.0.0"
summary = "mean squared error"
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of (target - prediction)^2
gradient = 2 (prediction - target) / outputs, times the sample's weight, over what `reduction` divides by
As keras.losses.MeanSquaredError; with one output as torch.nn.MSELoss. A sample of weight 0 may hold anything, NaN too."""
[parameters.reduction]
type = "string"
default = "mean"
choices = ["mean", "weighted_mean", "sum"]
doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1"
)toml")
