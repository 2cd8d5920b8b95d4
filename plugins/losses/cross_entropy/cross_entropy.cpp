// Cross-entropy of one choice among classes: how surprised the model is by the right class. Targets are class indices, one-hot
// rows or distributions ("soft" targets). As torch.nn.CrossEntropyLoss; label smoothing after C. Szegedy et al., CVPR 2016.
// Parameters: from_logits, label_smoothing, class_weight, ignore_index, reduction.
#include <algorithm>
#include <treino/loss.hpp>
#include <treino/reduction.hpp>

namespace {

class CrossEntropy final : public treino::Loss {
 public:
  explicit CrossEntropy(const treino::Setup& setup)
      : from_logits_(setup.get<bool>("from_logits")),
        smoothing_(setup.get<double>("label_smoothing")),
        class_weight_(setup.find<std::vector<double>>("class_weight").value_or(std::vector<double>())),
        ignore_index_(setup.find<std::int64_t>("ignore_index")),
        reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    classes_ = problem.outputs();
    const std::string outputs = std::to_string(classes_), weights = std::to_string(class_weight_.size());
    if (classes_ < 2)
      refuse("it needs an output a class, the model has " + outputs + ": add units, or take binary_cross_entropy");
    if (problem.target_is_index() ? problem.classes() > classes_ : problem.target_is_one_hot() && problem.classes() != classes_)
      refuse("the data have " + std::to_string(problem.classes()) + " classes, the model has " + outputs +
             " outputs: make them equal");
    problem.expect_an_output_a_column();
    if (from_logits_ && problem.predicts_probabilities())
      refuse("it takes logits, the model gives probabilities: drop its last layer, or set from_logits = false");
    if (!from_logits_ && (!problem.predicts_probabilities() || problem.independent()))
      refuse(
          "with from_logits = false it takes the probabilities of a softmax: end the model with one, or leave from_logits = "
          "true");
    if (!class_weight_.empty() && class_weight_.size() != static_cast<std::size_t>(classes_))
      refuse("class_weight has " + weights + " entries, the model has " + outputs + " outputs: give one for each");
    if (ignore_index_ && !problem.target_is_index())
      refuse("ignore_index is for class indices, the target has rows: leave it out");
  }
  treino::Takes takes() const override { return from_logits_ ? treino::Takes::logits : treino::Takes::probabilities; }

  /// Throws std::domain_error where an index is no class or a row no distribution. A sample of weight 0 counts for nothing.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    double samples = 0, total = 0, sum = 0;
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double sample_weight = static_cast<double>(weights[sample]);
      if (ignored(target, sample)) continue;
      samples += 1;
      if (sample_weight != 0) total += sample_weight * share(target, sample);
    }
    const double weight = reduction_.weight(samples, total);
    const double scale = treino::Reduction::scale(weight);
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double sample_weight = ignored(target, sample) ? 0 : static_cast<double>(weights[sample]);
      float* slope = gradient ? gradient.row(sample) : nullptr;
      if (sample_weight != 0) {
        const float* row = prediction.row(sample);
        sum += sample_weight * (from_logits_ ? logits(row, target, sample, slope, scale * sample_weight)
                                             : probabilities(row, target, sample, slope, scale * sample_weight));
      } else if (slope != nullptr) {
        std::fill_n(slope, classes_, 0.0f);
      }
    }
    return {sum, weight};
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("cross_entropy: " + why); }
  [[noreturn]] static void foreign(std::int64_t sample, const std::string& what) {
    throw std::domain_error("target of sample " + std::to_string(sample) + " " + what);
  }
  bool ignored(const treino::Target& target, std::int64_t sample) const {
    return ignore_index_ && target.index(sample) == *ignore_index_;
  }
  double class_weight(std::int64_t label) const {
    return class_weight_.empty() ? 1 : class_weight_[static_cast<std::size_t>(label)];
  }

  /// The weight of the sample's class, or the mean one of a soft target's; checks the target.
  double share(const treino::Target& target, std::int64_t sample) const {
    if (target.is_index()) {
      const std::int64_t label = target.index(sample);
      if (label < 0 || label >= classes_)
        foreign(sample, "is class " + std::to_string(label) + " of " + std::to_string(classes_));
      return class_weight(label);
    }
    double sum = 0, weighted = 0;
    for (std::int64_t label = 0; label < classes_; ++label) {
      const double part = static_cast<double>(target.values()(sample, label));
      if (!(part >= 0)) foreign(sample, "has an entry that is not a probability");
      sum += part;
      weighted += part * class_weight(label);
    }
    if (!(std::abs(sum - 1) <= 1e-3))
      foreign(sample,
              "sums to " + std::to_string(sum) + ", not to 1; if several classes hold at once, take binary_cross_entropy");
    return weighted;
  }
  /// How much of the sample is wanted in a class, after smoothing, times the class's weight.
  double wanted(const treino::Target& target, std::int64_t sample, std::int64_t label) const {
    const double part =
        target.is_index() ? (target.index(sample) == label ? 1 : 0) : static_cast<double>(target.values()(sample, label));
    return class_weight(label) * ((1 - smoothing_) * part + smoothing_ / static_cast<double>(classes_));
  }
  double logits(const float* row, const treino::Target& target, std::int64_t sample, float* slope, double scale) const {
    const double top = static_cast<double>(*std::max_element(row, row + classes_));  // no exponent is above 0: nothing overflows
    double denominator = 0, loss = 0, mass = 0;
    for (std::int64_t label = 0; label < classes_; ++label) {
      const double power = std::exp(static_cast<double>(row[label]) - top);
      denominator += power;
      if (slope != nullptr) slope[label] = static_cast<float>(power);
    }
    const double log_denominator = top + std::log(denominator);
    for (std::int64_t label = 0; label < classes_; ++label) {
      const double part = wanted(target, sample, label);
      mass += part;
      if (part != 0) loss += part * (log_denominator - static_cast<double>(row[label]));
    }
    for (std::int64_t label = 0; slope != nullptr && label < classes_; ++label) {
      const double probability = static_cast<double>(slope[label]) / denominator;
      slope[label] = static_cast<float>(scale * (mass * probability - wanted(target, sample, label)));
    }
    return loss;
  }
  double probabilities(const float* row, const treino::Target& target, std::int64_t sample, float* slope, double scale) const {
    double loss = 0;
    for (std::int64_t label = 0; label < classes_; ++label) {
      const double part = wanted(target, sample, label);
      const double probability =
          std::max(static_cast<double>(row[label]), 1e-7);  // as Keras: a probability of 0 costs 16, not infinity
      if (part != 0) loss -= part * std::log(probability);
      if (slope != nullptr) slope[label] = static_cast<float>(-scale * part / probability);
    }
    return loss;
  }

  bool from_logits_;
  double smoothing_;
  std::vector<double> class_weight_;
  std::optional<std::int64_t> ignore_index_;
  treino::Reduction reduction_;
  std::int64_t classes_ = 0;
};

}  // namespace

TREINO_PLUGIN(CrossEntropy, R"toml(
kind = "loss"
id = "cross_entropy"
version = "1.0.0"
summary = "cross-entropy of one choice among classes, from logits or probabilities"
target = ["index", "one_hot", "values"]
help = """
loss of a sample = - sum over classes c of w_c q_c log p_c, with p = softmax(logits), w = class_weight, and
q = (1 - label_smoothing) * target + label_smoothing / classes, where a class index stands for its one-hot row
gradient by the logits = p_c * (sum of w q) - w_c q_c, times the sample's weight, over what `reduction` divides by
Samples of ignore_index are left out of every count; what a sample of weight 0 holds is not looked at.
weighted_mean divides by the sum of sample weight times weight of the target's class: with class indices that is the mean of
torch.nn.CrossEntropyLoss."""
[parameters.from_logits]
type = "bool"
default = true
doc = "the model's outputs are logits; false: probabilities, of a softmax layer at its end"
[parameters.label_smoothing]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "part of the target that is spread evenly over all classes"
[parameters.class_weight]
type = "list"
items = "float"
min = 0.0
doc = "a weight for each class, in the order of the classes; all 1 where it is not given"
[parameters.ignore_index]
type = "int"
doc = "class index whose samples are left out, -1 say; none where it is not given"
[parameters.reduction]
type = "string"
default = "mean"
choices = ["mean", "weighted_mean", "sum"]
doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1"
)toml")
