// Cross-entropy of one choice among classes: how surprised the model is by the right class. Targets are class indices, one-hot
// rows or distributions ("soft" targets). As torch.nn.CrossEntropyLoss; label smoothing after C. Szegedy et al., CVPR 2016.
// Parameters: from_logits, label_smoothing, class_weight, ignore_index, reduction.
#include <algorithm>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>

#include "few_classes.hpp"
#include "one_sample.hpp"
#include "shared/classification/sample_tile.hpp"
#include "shared/losses/softmax.hpp"

namespace cross_entropy {
namespace {

class CrossEntropy final : public treino::Loss {
 public:
  explicit CrossEntropy(const treino::Setup& setup)
      : from_logits_(setup.get<bool>("from_logits")),
        smoothing_(setup.get<double>("label_smoothing")),
        given_weights_(setup.find<std::vector<double>>("class_weight").value_or(std::vector<double>())),
        ignore_index_(setup.find<std::int64_t>("ignore_index")),
        reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    classes_ = problem.outputs();
    check(problem);
    const auto classes = static_cast<std::size_t>(classes_);
    class_weight_ = given_weights_.empty() ? std::vector<double>(classes, 1) : given_weights_;
    spread_.resize(classes);
    spread_sum_ = 0;
    for (std::size_t c = 0; c < classes; ++c)
      spread_sum_ += spread_[c] = class_weight_[c] * smoothing_ / static_cast<double>(classes_);
    work_.assign(classes, 0);
    base_.assign(classes, 0);
    exponentials_.assign(classes, 0);
  }
  bool ignores(const treino::Target& target, std::int64_t sample) const override { return ignored(target, sample); }
  treino::Takes takes() const override { return from_logits_ ? treino::Takes::logits : treino::Takes::probabilities; }

  /// Throws std::domain_error where an index is no class or a row no distribution. A sample of weight 0 counts for nothing.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = divisor(prediction.rows(), target, weights);
    const double scale = treino::Reduction::scale(weight);
    double sum = 0;
    if (target.is_index() && from_logits_ && smoothing_ == 0 && classes_ <= treino::few_columns) {
      sum = of_few_classes(prediction, target, weights, {class_weight_, ignore_index_}, gradient, scale);
      return {sum, weight};
    }
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = ignored(target, sample) ? 0 : static_cast<double>(weights[sample]);
        float* const row_gradient = gradient ? gradient.row(sample) : nullptr;
        if (sample_weight == 0) {
          if (row_gradient != nullptr) std::fill_n(row_gradient, classes_, 0.0f);
          continue;
        }
        if (const std::int64_t label = only_class(target, sample); label >= 0) {
          const double share = sample_weight * class_weight_[static_cast<std::size_t>(label)];
          sum += share * treino::cost_of_class(prediction.row(sample), classes_, label, exponentials_.data(), row_gradient,
                                               scale * share);
          continue;
        }
        const SoftTarget soft = soft_target(target, sample);
        const float* row = prediction.row(sample);
        const double factor = scale * sample_weight;
        const bool only_label = soft.base == spread_.data() && smoothing_ == 0;
        sum += sample_weight * (from_logits_ ? of_logits(row, classes_, soft, only_label, work_.data(), row_gradient, factor)
                                             : of_probabilities(row, classes_, soft, work_.data(), row_gradient, factor));
      }
    });
    return {sum, weight};
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument("cross_entropy: " + why); }

  void check(const treino::Problem& problem) const {
    const std::string outputs = std::to_string(classes_), weights = std::to_string(given_weights_.size());
    if (classes_ < 2)
      refuse("it needs an output a class, the model has " + outputs + ": add units, or take binary_cross_entropy");
    if (problem.target_is_index() ? problem.classes() > classes_ : problem.target_is_one_hot() && problem.classes() != classes_)
      refuse("the data have " + std::to_string(problem.classes()) + " classes, the model has " + outputs +
             " outputs: make them equal");
    problem.expect_an_output_a_column();
    treino::check_last_layer(problem, "cross_entropy", from_logits_, false);
    if (!given_weights_.empty() && given_weights_.size() != static_cast<std::size_t>(classes_))
      refuse("class_weight has " + weights + " entries, the model has " + outputs + " outputs: give one for each");
    if (ignore_index_ && !problem.target_is_index())
      refuse("ignore_index is for class indices, the target has rows: leave it out");
  }
  bool ignored(const treino::Target& target, std::int64_t sample) const {
    return ignore_index_ && target.index(sample) == *ignore_index_;
  }
  /// What the sum is divided by: known before the first gradient, without a look at the rows where they are not needed for it.
  double divisor(std::int64_t samples, const treino::Target& target, const treino::Weights& weights) const {
    const bool of_rows = !target.is_index() && (given_weights_.empty() || !reduction_.by_weights());
    if (of_rows || (given_weights_.empty() && !ignore_index_ && !weights)) return reduction_.weight(samples, weights);
    double counted = 0, total = 0;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      if (ignored(target, sample)) continue;
      counted += 1;
      if (weights[sample] != 0) total += static_cast<double>(weights[sample]) * weight_of(target, sample);
    }
    return reduction_.weight(counted, total);
  }
  /// The weight of the sample's class, or the mean one of a distribution's.
  double weight_of(const treino::Target& target, std::int64_t sample) const {
    if (target.is_index()) {
      treino::check_class(target.index(sample), classes_, sample);
      return class_weight_[static_cast<std::size_t>(target.index(sample))];
    }
    double sum = 0;
    for (std::int64_t c = 0; c < classes_; ++c)
      sum += static_cast<double>(target.values()(sample, c)) * class_weight_[static_cast<std::size_t>(c)];
    return sum;
  }
  TREINO_ALWAYS_INLINE SoftTarget soft_target(const treino::Target& target, std::int64_t sample) {
    if (target.is_index()) {
      const double extra = class_weight_[static_cast<std::size_t>(target.index(sample))] * (1 - smoothing_);
      return {spread_.data(), extra, spread_sum_ + extra, target.index(sample)};
    }
    double* TREINO_RESTRICT base = base_.data();
    const double *weight = class_weight_.data(), *spread = spread_.data();
    treino::take_distribution(target.values().row(sample), classes_, sample, base);
    const double rest = 1 - smoothing_;
    for (std::int64_t c = 0; c < classes_; ++c) base[c] = base[c] * weight[c] * rest + spread[c];
    return {base, 0, treino::fast::sum(base, classes_), 0};
  }
  /// The class of a sample whose target is that class alone, of logits; -1 where there is none.
  TREINO_ALWAYS_INLINE std::int64_t only_class(const treino::Target& target, std::int64_t sample) const {
    if (!from_logits_ || smoothing_ != 0) return -1;
    return target.is_index() ? target.index(sample) : treino::class_of_one_hot(target.values().row(sample), classes_);
  }

  bool from_logits_;
  double smoothing_;
  std::vector<double> given_weights_;
  std::optional<std::int64_t> ignore_index_;
  treino::Reduction reduction_;
  std::int64_t classes_ = 0;
  std::vector<double> class_weight_, spread_;  // of each class: its weight, and what smoothing gives it
  double spread_sum_ = 0;
  // Of one sample.
  std::vector<double> work_, base_;
  std::vector<float> exponentials_;
};

}  // namespace
}  // namespace cross_entropy

TREINO_PLUGIN(cross_entropy::CrossEntropy, R"toml(
kind = "loss"
id = "cross_entropy"
version = "1.0.2"
summary = "Cross-entropy of mutually exclusive classes, from logits or probabilities."
target = ["index", "one_hot", "values"]
help = """
loss of a sample = - sum over classes c of w_c q_c log p_c, with p = softmax(logits), w = class_weight, and
q = (1 - label_smoothing) * target + label_smoothing / classes, where a class index stands for its one-hot row
gradient by the logits = p_c * (sum of w q) - w_c q_c, times the sample's weight, over what `reduction` divides by
With from_logits = false p is the prediction, 1e-7 where it is less; Keras also divides it by its sum and keeps it below 1 - 1e-7.
Samples of ignore_index are left out of every count; what a sample of weight 0 holds is not looked at.
weighted_mean divides by the sum of sample weight times weight of the target's class: with class indices that is the mean of
torch.nn.CrossEntropyLoss."""
)toml" TREINO_FROM_LOGITS_TOML("softmax") R"toml(
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
)toml" TREINO_REDUCTION_TOML)
