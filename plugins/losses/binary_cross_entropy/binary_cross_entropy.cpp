// Binary cross-entropy: each output answers a yes/no question of its own; a sample's loss is the mean over them. Targets are the
// answers, 0 to 1, or, with one output, the index of one of two classes. As torch.nn.BCEWithLogitsLoss and
// keras.losses.BinaryCrossentropy. Parameters: from_logits, pos_weight, label_smoothing, reduction.
#include <algorithm>
#include <treino/loss.hpp>
#include <treino/reduction.hpp>

namespace {

class BinaryCrossEntropy final : public treino::Loss {
 public:
  explicit BinaryCrossEntropy(const treino::Setup& setup)
      : from_logits_(setup.get<bool>("from_logits")),
        pos_weight_(setup.get<std::vector<double>>("pos_weight")),
        smoothing_(setup.get<double>("label_smoothing")),
        reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    const std::string outputs = std::to_string(problem.outputs()), classes = std::to_string(problem.classes());
    if (problem.target_is_index() && (problem.outputs() != 1 || problem.classes() > 2))
      refuse("class indices need one output and two classes, here are " + outputs + " and " + classes + ": take cross_entropy");
    problem.expect_an_output_a_column();
    if (from_logits_ && problem.predicts_probabilities())
      refuse("it takes logits, the model gives probabilities: drop its last layer, or set from_logits = false");
    if (!from_logits_ && (!problem.predicts_probabilities() || !problem.independent()))
      refuse(
          "with from_logits = false it takes the probabilities of a sigmoid: end the model with one, or leave from_logits = "
          "true");
    if (pos_weight_.size() != 1 && pos_weight_.size() != static_cast<std::size_t>(problem.outputs()))
      refuse("pos_weight has " + std::to_string(pos_weight_.size()) + " entries, the model has " + outputs +
             " outputs: give one or one for each");
  }
  treino::Takes takes() const override {
    return from_logits_ ? treino::Takes::independent_logits : treino::Takes::independent_probabilities;
  }

  /// Throws std::domain_error where a target is outside 0 .. 1. A sample of weight 0 counts for nothing, whatever it holds.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double outputs = static_cast<double>(prediction.columns());
    const double weight = reduction_.weight(prediction.rows(), weights);
    const double scale = treino::Reduction::scale(weight) / outputs;
    double sum = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double sample_weight = static_cast<double>(weights[sample]);
      if (sample_weight == 0) {
        if (gradient) std::fill_n(gradient.row(sample), prediction.columns(), 0.0f);
        continue;
      }
      double loss = 0;
      for (std::int64_t output = 0; output < prediction.columns(); ++output) {
        const double yes = wanted(target, sample, output), value = static_cast<double>(prediction(sample, output));
        const double yes_weight = yes * pos_weight_[pos_weight_.size() == 1 ? 0 : static_cast<std::size_t>(output)];
        const Part part = from_logits_ ? of_logit(value, yes_weight, 1 - yes) : of_probability(value, yes_weight, 1 - yes);
        loss += part.loss;
        if (gradient) gradient(sample, output) = static_cast<float>(scale * sample_weight * part.slope);
      }
      sum += sample_weight * loss / outputs;
    }
    return {sum, weight};
  }

 private:
  struct Part {
    double loss, slope;
  };
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("binary_cross_entropy: " + why); }

  double wanted(const treino::Target& target, std::int64_t sample, std::int64_t output) const {
    const double yes = target.is_index() ? target.index(sample) : static_cast<double>(target.values()(sample, output));
    if (!(yes >= 0 && yes <= 1))
      throw std::domain_error("target of sample " + std::to_string(sample) + " is " + std::to_string(yes) + ", outside 0 .. 1");
    return (1 - smoothing_) * yes + smoothing_ / 2;
  }
  /// -yes log sigmoid(z) - no log(1 - sigmoid(z)), with the exponential of -|z| only: nothing overflows, nothing cancels.
  static Part of_logit(double z, double yes, double no) {
    const double small = std::exp(-std::abs(z)), rest = std::log1p(small);
    const double near = 1 / (1 + small), far = small / (1 + small);  // sigmoid(|z|) and sigmoid(-|z|)
    if (z < 0) return {yes * (rest - z) + no * rest, no * far - yes * near};
    return {yes * rest + no * (rest + z), no * near - yes * far};
  }
  static Part of_probability(double probability, double yes, double no) {
    const double p = std::min(std::max(probability, 1e-7), 1 - 1e-7);  // as Keras: a wrong certainty costs 16, not infinity
    return {-yes * std::log(p) - no * std::log1p(-p), no / (1 - p) - yes / p};
  }

  bool from_logits_;
  std::vector<double> pos_weight_;
  double smoothing_;
  treino::Reduction reduction_;
};

}  // namespace

TREINO_PLUGIN(BinaryCrossEntropy, R"toml(
kind = "loss"
id = "binary_cross_entropy"
version = "1.0.0"
summary = "cross-entropy of independent yes/no questions, one an output"
target = ["index", "one_hot", "values"]
help = """
loss of a sample = mean over outputs of - pos_weight * y log p - (1 - y) log(1 - p), with p = sigmoid(logit) and
y = (1 - label_smoothing) * target + label_smoothing / 2
gradient by the logit = ((1 - y) p - pos_weight * y (1 - p)) / outputs, times the sample's weight, over what `reduction` divides by
One output with class indices: class 1 is the yes. Several outputs: one-hot rows, or any rows of 0 .. 1 (several may hold at once).
As torch.nn.BCEWithLogitsLoss. A sample of weight 0 may hold anything, NaN too."""
[parameters.from_logits]
type = "bool"
default = true
doc = "the model's outputs are logits; false: probabilities, of a sigmoid layer at its end"
[parameters.pos_weight]
type = "list"
items = "float"
scalar = true
default = [1.0]
min = 0.0
doc = "weight of the yes answers: one number, or one for each output; above 1 it buys recall"
[parameters.label_smoothing]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "how far targets are drawn from 0 and 1 towards 0.5"
[parameters.reduction]
type = "string"
default = "mean"
choices = ["mean", "weighted_mean", "sum"]
doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1"
)toml")
