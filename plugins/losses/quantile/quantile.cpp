// Quantile loss (pinball loss): the prediction settles where a part q of the targets lies below it. Several q make a model with
// an output for each: the quantiles of one target, an interval forecast say. R. Koenker, G. Bassett, Regression Quantiles,
// Econometrica 46 (1978). Parameters: q, reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct Pinball : treino::LossCurve {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t output) const {
    const double missing = target - prediction, part = q[output];
    const double side = treino::fast::select(missing < 0, part - 1, part);
    return {side * missing, treino::fast::select(missing == 0, 0.0, -side)};
  }
  const double* q = nullptr;
};

class Quantile final : public treino::Loss {
 public:
  explicit Quantile(const treino::Setup& setup) : given_(setup.get<std::vector<double>>("q")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    const auto outputs = static_cast<std::size_t>(problem.outputs());
    if (problem.target_is_index()) throw std::invalid_argument("quantile needs values as target, not class indices");
    if (given_.size() != 1 && given_.size() != outputs)
      throw std::invalid_argument("quantile: q has " + std::to_string(given_.size()) + " entries, the model has " +
                                  std::to_string(outputs) + " outputs: give its last layer one unit for each");
    if (given_.size() == 1 || problem.target_columns() != 1) problem.expect_an_output_a_column();
    q_ = given_.size() == 1 ? std::vector<double>(outputs, given_[0]) : given_;
    elementwise_.prepare(problem);
  }
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    Pinball curve;
    curve.q = q_.data();
    return elementwise_.evaluate(curve, reduction_, prediction, target, weights, gradient);
  }

 private:
  std::vector<double> given_, q_;
  treino::Reduction reduction_;
  treino::Elementwise elementwise_;
};

}  // namespace

TREINO_PLUGIN(Quantile, R"toml(
kind = "loss"
id = "quantile"
version = "1.0.0"
summary = "Pinball loss, for predicting quantiles."
target = ["values"]
help = """
loss of a sample = mean over outputs of q (y - p) where y > p, else (1 - q) (p - y), with y the target and p the prediction
gradient = -q where y > p, 1 - q where y < p, 0 where they are equal, / outputs, times the sample's weight, over what `reduction` divides by
q = 0.5 is half of mae. With several q the model has an output for each, and the target either one column, whose quantiles they all are,
or a column for each output. R. Koenker, G. Bassett, Econometrica 46 (1978). A sample of weight 0 may hold anything, NaN too."""
[parameters.q]
type = "list"
items = "float"
scalar = true
default = [0.5]
above = 0.0
below = 1.0
doc = "part of the targets that should lie below the prediction: one number, or one for each output"
)toml" TREINO_REDUCTION_TOML)
