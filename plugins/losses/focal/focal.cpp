// Focal loss: cross-entropy that counts an answer the less the surer and righter it is, so that many easy samples do not drown
// the few hard ones. T.-Y. Lin et al., Focal Loss for Dense Object Detection, ICCV 2017. Binary: a yes/no question an output, as
// torchvision.ops.sigmoid_focal_loss. Categorical: one choice among classes, as keras.losses.CategoricalFocalCrossentropy.
// Parameters: mode, gamma, alpha, label_smoothing, from_logits, reduction.
#include <algorithm>

#include "questions.hpp"
#include "shared/losses/binary_targets.hpp"

namespace {

class Focal final : public treino::Loss {
 public:
  explicit Focal(const treino::Setup& setup)
      : mode_(setup.find<std::string>("mode").value_or("")),
        from_logits_(setup.get<bool>("from_logits")),
        gamma_(setup.get<double>("gamma")),
        smoothing_(setup.get<double>("label_smoothing")),
        alpha_(setup.find<std::vector<double>>("alpha").value_or(std::vector<double>())),
        reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    classes_ = problem.outputs();
    categorical_ = mode_.empty() ? classes_ > 1 && !problem.target_is_values() : mode_ == "categorical";
    const auto outputs = static_cast<std::size_t>(classes_);
    if (alpha_.size() > 1 && alpha_.size() != outputs)
      refuse("alpha has " + std::to_string(alpha_.size()) + " entries, the model has " + std::to_string(classes_) +
             " outputs: give one or one for each");
    std::vector<double> weights = alpha_.size() == 1 ? std::vector<double>(outputs, alpha_[0]) : alpha_;
    if (categorical_) {
      check_classes(problem);
      class_weight_ = weights.empty() ? std::vector<double>(outputs, 1) : weights;
      for (std::vector<double>* values : {&wanted_, &powers_}) values->assign(outputs, 0);
      return;
    }
    treino::check_answers(problem, "focal", "mode = \"categorical\"");
    treino::check_last_layer(problem, "focal", from_logits_, true);
    yes_weight_ = weights.empty() ? std::vector<double>(outputs, 1) : weights;
    no_weight_.assign(outputs, 1);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] > 1) refuse("alpha is above 1, but a no counts 1 - alpha: choose it between 0 and 1");
      no_weight_[i] = 1 - weights[i];
    }
    yes_in_float_.assign(yes_weight_.begin(), yes_weight_.end());
    no_in_float_.assign(no_weight_.begin(), no_weight_.end());
    elementwise_.prepare(problem);
  }
  treino::Takes takes() const override {
    if (categorical_) return from_logits_ ? treino::Takes::logits : treino::Takes::probabilities;
    return from_logits_ ? treino::Takes::independent_logits : treino::Takes::independent_probabilities;
  }

  /// Throws std::domain_error where a target is outside 0 .. 1, no class or no distribution. A sample of weight 0 counts for
  /// nothing.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    if (!categorical_) return answers(prediction, target, weights, gradient);
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (slopes != nullptr) std::fill_n(slopes, classes_, 0.0f);
        const double sample_weight = static_cast<double>(weights[sample]);
        if (sample_weight == 0) continue;
        take_target(target, sample);
        sum += sample_weight * (from_logits_ ? of_logits(prediction.row(sample), slopes, scale * sample_weight)
                                             : of_probabilities(prediction.row(sample), slopes, scale * sample_weight));
      }
    });
    return {sum, weight};
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("focal: " + why); }

  void check_classes(const treino::Problem& problem) const {
    if (classes_ < 2) refuse("a choice among classes needs an output for each, the model has one: set mode = \"binary\"");
    if (problem.target_is_index() ? problem.classes() > classes_ : problem.target_is_one_hot() && problem.classes() != classes_)
      refuse("the data have " + std::to_string(problem.classes()) + " classes, the model has " + std::to_string(classes_) +
             " outputs: make them equal");
    problem.expect_an_output_a_column();
    treino::check_last_layer(problem, "focal", from_logits_, false);
  }
  treino::LossValue answers(const treino::Matrix<const float>& prediction, const treino::Target& target,
                            const treino::Weights& weights, const treino::Matrix<float>& gradient) {
    const auto set_up = [&](auto curve) {
      curve.gamma = gamma_;
      curve.smoothing = smoothing_;
      curve.yes_weight = yes_weight_.data();
      curve.no_weight = no_weight_.data();
      return curve;
    };
    const auto evaluate_as = [&](const auto& curve) {
      return elementwise_.evaluate(curve, reduction_, prediction, target, weights, gradient);
    };
    if (!from_logits_) return evaluate_as(set_up(focal::OfProbability()));
    if (gamma_ != 2) return evaluate_as(set_up(focal::OfLogit()));
    focal::OfLogitSquared curve;
    curve.smoothing = static_cast<float>(smoothing_);
    curve.yes_weight = yes_in_float_.data();
    curve.no_weight = no_in_float_.data();
    curve.in_double = set_up(focal::OfLogit());
    return evaluate_as(curve);
  }
  /// Sets wanted_: what is wanted of each class, and between first_ and last_ all that is not 0.
  TREINO_ALWAYS_INLINE void take_target(const treino::Target& target, std::int64_t sample) {
    if (!target.is_index()) {
      treino::take_distribution(target.values().row(sample), classes_, sample, wanted_.data());
      first_ = 0, last_ = classes_;
    } else {
      const std::int64_t label = target.index(sample);
      treino::check_class(label, classes_, sample);
      first_ = smoothing_ == 0 ? label : 0, last_ = smoothing_ == 0 ? label + 1 : classes_;
      std::fill(wanted_.begin() + first_, wanted_.begin() + last_, 0.0);
      wanted_[static_cast<std::size_t>(label)] = 1;
    }
    const double spread = smoothing_ / static_cast<double>(classes_);
    for (std::int64_t c = first_; smoothing_ != 0 && c < last_; ++c)
      wanted_[static_cast<std::size_t>(c)] = (1 - smoothing_) * wanted_[static_cast<std::size_t>(c)] + spread;
  }
  double wanted(std::int64_t c) const {
    return wanted_[static_cast<std::size_t>(c)] * class_weight_[static_cast<std::size_t>(c)];
  }
  /// Of the class with the largest logit, what is missing from 1 is the sum of the others: taken from 1 it would be lost. Of any
  /// other class half is missing at least.
  TREINO_ALWAYS_INLINE double of_logits(const float* row, float* TREINO_RESTRICT slopes, double scale) {
    double* TREINO_RESTRICT powers = powers_.data();
    const treino::Softmax softmax = treino::softmax(row, classes_, powers);
    const double top = softmax.top;
    const std::int64_t best = find_top(row, top);
    double others = softmax.denominator - 1;
    if (others < 1e-3 && best >= 0) {  // beyond that the sum of all has it well enough
      powers[best] = 0;
      others = treino::fast::sum(powers, classes_);
      powers[best] = 1;
    }
    const double denominator = 1 + others;
    double loss = 0, pull = 0;  // pull: sum over classes of d(loss)/d(log p)
    for (std::int64_t c = first_; c < last_; ++c) {
      const double part = wanted(c);
      if (part == 0) continue;
      const double p = powers[c] / denominator, rest = c == best ? others / denominator : 1 - p;
      const double cost = c == best ? std::log1p(others) : top + std::log(denominator) - static_cast<double>(row[c]);
      const double power = std::pow(rest, gamma_);
      loss += part * power * cost;
      // As rest goes to 0, cost / rest goes to 1; as cost goes to infinity, p cost goes to 0.
      const double slope = -part * power * (gamma_ * (rest == 0 ? 1 : std::isinf(cost) ? 0 : p * cost / rest) + 1);
      pull += slope;
      wanted_[static_cast<std::size_t>(c)] = slope;
    }
    if (slopes == nullptr) return loss;
    const double factor = scale / denominator;
    for (std::int64_t c = 0; c < classes_; ++c)
      slopes[c] = treino::fast::normal_or_zero(static_cast<float>(-factor * pull * powers[c]));
    for (std::int64_t c = first_; c < last_; ++c) {
      if (wanted_[static_cast<std::size_t>(c)] >= 0) continue;  // nothing was wanted of it
      const double own = wanted_[static_cast<std::size_t>(c)], rest = c == best ? others : denominator - powers[c];
      slopes[c] = treino::fast::normal_or_zero(static_cast<float>(factor * (own * rest - (pull - own) * powers[c])));
    }
    return loss;
  }
  /// The class with the largest logit, if anything is wanted of it or may be; else -1.
  TREINO_ALWAYS_INLINE std::int64_t find_top(const float* row, double top) const {
    if (last_ - first_ == 1) return static_cast<double>(row[first_]) == top ? first_ : -1;
    for (std::int64_t c = 0; c < classes_; ++c)
      if (static_cast<double>(row[c]) == top) return c;
    return 0;  // NaN
  }
  TREINO_ALWAYS_INLINE double of_probabilities(const float* row, float* slopes, double scale) const {
    double loss = 0;
    for (std::int64_t c = first_; c < last_; ++c) {
      const double part = wanted(c);
      if (part == 0) continue;
      const double p = treino::safe_probability(static_cast<double>(row[c])), cost = -std::log(p);
      const double power = std::pow(1 - p, gamma_);
      loss += part * power * cost;
      if (slopes != nullptr) slopes[c] = static_cast<float>(-scale * part * power * (gamma_ * cost / (1 - p) + 1 / p));
    }
    return loss;
  }

  std::string mode_;
  bool from_logits_, categorical_ = false;
  double gamma_, smoothing_;
  std::vector<double> alpha_;
  treino::Reduction reduction_;
  treino::Elementwise elementwise_;
  std::int64_t classes_ = 0, first_ = 0, last_ = 0;
  std::vector<double> yes_weight_, no_weight_;          // binary, of each output
  std::vector<float> yes_in_float_, no_in_float_;       // the same
  std::vector<double> class_weight_, wanted_, powers_;  // categorical, of each class; wanted_ becomes the slopes by log p
};

}  // namespace

TREINO_PLUGIN(Focal, R"toml(
kind = "loss"
id = "focal"
version = "1.1.2"
summary = "Focal loss: cross-entropy that down-weights easy samples, binary or categorical."
target = ["index", "one_hot", "values"]
help = """
mode = "binary": loss of a sample = mean over outputs of - alpha y (1 - p)^gamma log p - (1 - alpha) (1 - y) p^gamma log(1 - p), with
y the target, 0 to 1, and p = sigmoid(logit); without alpha both sides count 1
mode = "categorical": loss of a sample = - sum over classes c of alpha_c y_c (1 - p_c)^gamma log p_c, with p = softmax(logits)
gradient by the logit, binary: (1 - alpha) (1 - y) p^gamma (gamma (1 - p) (-log(1 - p)) + p) - alpha y (1 - p)^gamma (gamma p (-log p) +
1 - p), / outputs; categorical: h_c - p_c sum of h, with h_c = - alpha_c y_c (1 - p_c)^gamma (gamma p_c (-log p_c) / (1 - p_c) + 1);
times the sample's weight, over what `reduction` divides by
label_smoothing: y becomes (1 - label_smoothing) y + label_smoothing / 2 (binary) or / classes (categorical), as in Keras
gamma = 0 is binary_cross_entropy or cross_entropy. With from_logits = false p is the prediction, kept within 1e-7 .. 1 - 1e-7.
T.-Y. Lin et al., ICCV 2017. As torchvision.ops.sigmoid_focal_loss and keras.losses.CategoricalFocalCrossentropy.
A sample of weight 0 may hold anything, NaN too."""
[parameters.mode]
type = "string"
choices = ["binary", "categorical"]
doc = "outputs answer a yes/no question each, or are one choice; without it binary for one output or a target of values"
[parameters.gamma]
type = "float"
default = 2.0
min = 0.0
doc = "how fast a sample is forgotten as it gets easy; 0: not at all"
[parameters.alpha]
type = "list"
items = "float"
scalar = true
min = 0.0
doc = "binary: weight of a yes, 0 to 1, a no has the rest; categorical: of a class; one number or one for each output; none: 1"
[parameters.label_smoothing]
type = "float"
default = 0.0
min = 0.0
max = 1.0
doc = "part of the target that is spread evenly over yes and no, or over all classes"
[parameters.from_logits]
type = "bool"
default = true
doc = "the model's outputs are logits; false: probabilities, of a sigmoid (binary) or softmax layer (categorical) at its end"
)toml" TREINO_REDUCTION_TOML)
