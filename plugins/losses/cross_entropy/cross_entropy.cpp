// Cross-entropy of one choice among classes: how surprised the model is by the right class. Targets are class indices, one-hot
// rows or distributions ("soft" targets). As torch.nn.CrossEntropyLoss; label smoothing after C. Szegedy et al., CVPR 2016.
// Parameters: from_logits, label_smoothing, class_weight, ignore_index, reduction.
#include <algorithm>
#include <treino/loss.hpp>
#include <treino/kit/reduction.hpp>
#include "shared/classification/sample_tile.hpp"
#include "shared/losses/softmax.hpp"

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
    wanted_.assign(classes, 0);
    powers_.assign(classes, 0);
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
      treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
        for (std::int64_t first = 0; first < prediction.rows(); first += treino::samples_side_by_side)
          sum += of_few_classes(prediction, target, weights, first, gradient, scale);
      });
      return {sum, weight};
    }
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = ignored(target, sample) ? 0 : static_cast<double>(weights[sample]);
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (sample_weight == 0) {
          if (slopes != nullptr) std::fill_n(slopes, classes_, 0.0f);
          continue;
        }
        if (const std::int64_t label = only_class(target, sample); label >= 0) {
          const double share = sample_weight * class_weight_[static_cast<std::size_t>(label)];
          sum += share * of_one_class(prediction.row(sample), label, slopes, scale * share);
          continue;
        }
        const Wanted wanted = wanted_of(target, sample);
        sum += sample_weight * (from_logits_ ? of_logits(prediction.row(sample), wanted, slopes, scale * sample_weight)
                                             : of_probabilities(prediction.row(sample), wanted, slopes, scale * sample_weight));
      }
    });
    return {sum, weight};
  }

 private:
  /// What a sample wants of each class, after smoothing, times the class's weight: part[c], and `own` more of class `label`.
  struct Wanted {
    const double* part;
    double own, sum;
    std::int64_t label;
  };

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
  TREINO_ALWAYS_INLINE Wanted wanted_of(const treino::Target& target, std::int64_t sample) {
    if (target.is_index()) {
      const double own = class_weight_[static_cast<std::size_t>(target.index(sample))] * (1 - smoothing_);
      return {spread_.data(), own, spread_sum_ + own, target.index(sample)};
    }
    double* TREINO_RESTRICT part = wanted_.data();
    const double *weight = class_weight_.data(), *spread = spread_.data();
    treino::take_distribution(target.values().row(sample), classes_, sample, part);
    const double rest = 1 - smoothing_;
    for (std::int64_t c = 0; c < classes_; ++c) part[c] = part[c] * weight[c] * rest + spread[c];
    return {part, 0, treino::fast::sum(part, classes_), 0};
  }
  /// The class of a sample all of which is wanted of logits; -1 where there is none.
  TREINO_ALWAYS_INLINE std::int64_t only_class(const treino::Target& target, std::int64_t sample) const {
    if (!from_logits_ || smoothing_ != 0) return -1;
    return target.is_index() ? target.index(sample) : treino::class_of_one_hot(target.values().row(sample), classes_);
  }
  /// The usual case: all of one class is wanted, so that float will do.
  TREINO_ALWAYS_INLINE double of_one_class(const float* TREINO_RESTRICT row, std::int64_t label, float* TREINO_RESTRICT slopes,
                                           double scale) {
    float* TREINO_RESTRICT powers = powers_.data();
    const std::int64_t classes = classes_;
    const double top = treino::softmax_powers(row, classes, powers);
    const double own = static_cast<double>(powers[label]), denominator = treino::fast::sum(powers, classes);
    double others = denominator - own;
    if (is_sure(others, denominator)) {
      powers[label] = 0;
      others = treino::fast::sum(powers, classes);
    }
    if (slopes != nullptr) {
      const auto factor = static_cast<float>(scale / denominator);
      treino::prefetch_ahead(slopes, classes);
      for (std::int64_t c = 0; c < classes; ++c) slopes[c] = treino::fast::normal_or_zero(factor * powers[c]);
      slopes[label] = treino::fast::normal_or_zero(static_cast<float>(-scale * others / denominator));
    }
    return treino::cost_of(static_cast<double>(row[label]) - top, own, others);
  }
  /// The same for sixteen samples from `first` on.
  TREINO_ALWAYS_INLINE double of_few_classes(const treino::Matrix<const float>& prediction, const treino::Target& target,
                                             const treino::Weights& weights, std::int64_t first,
                                             const treino::Matrix<float>& gradient, double scale) {
    constexpr std::int64_t samples = treino::samples_side_by_side;
    const std::int64_t classes = classes_, count = std::min(samples, prediction.rows() - first);
    alignas(64) double shares[samples] = {};  // 0: nothing of the sample is looked at
    alignas(64) std::int32_t labels[samples] = {};
    for (std::int64_t s = 0; s < count; ++s) {
      if (weights[first + s] == 0 || ignored(target, first + s)) continue;
      labels[s] = target.index(first + s);
      shares[s] = static_cast<double>(weights[first + s]) * class_weight_[static_cast<std::size_t>(labels[s])];
    }
    treino::SampleTile logits;
    logits.take(prediction, first);
    alignas(64) float wanted[samples], factors[samples];  // wanted: the logit of the class, then its power
    alignas(64) double others[samples] = {}, denominators[samples] = {}, terms[samples], slopes[samples];
    const treino::SampleTile::Largest tops = logits.largest(classes);
    for (std::int64_t s = 0; s < samples; ++s) wanted[s] = logits.column(labels[s])[s];
    for (std::int64_t s = 0; s < samples; ++s) terms[s] = static_cast<double>(wanted[s]) - static_cast<double>(tops.value[s]);
    for (std::int64_t c = 0; c < classes; ++c) {
      float* TREINO_RESTRICT column = logits.column(c);
      for (std::int64_t s = 0; s < samples; ++s) {
        column[s] = treino::fast::exp_of_difference(column[s], tops.value[s]);
        denominators[s] += static_cast<double>(column[s]);
      }
    }
    for (std::int64_t s = 0; s < samples; ++s) wanted[s] = logits.column(labels[s])[s];
    std::int64_t sure = 0;  // as wide as what is compared, for vectors
    for (std::int64_t s = 0; s < samples; ++s) {
      others[s] = denominators[s] - static_cast<double>(wanted[s]);
      sure |= static_cast<std::int64_t>(is_sure(others[s], denominators[s]));
    }
    for (std::int64_t s = 0; s < samples; ++s) {
      const double term = shares[s] * (treino::fast::log(denominators[s]) - terms[s]);
      terms[s] = treino::fast::select(shares[s] != 0, term, 0.0);  // where it is NaN, too
    }
    if (sure != 0) look_closer(logits, labels, classes, shares, denominators, others, terms);
    const double sum = treino::fast::sum(terms, samples);
    if (!gradient) return sum;
    for (std::int64_t s = 0; s < samples; ++s) {
      const double factor = scale * shares[s] / denominators[s];
      factors[s] = static_cast<float>(factor);
      slopes[s] = -factor * others[s];
    }
    for (std::int64_t c = 0; c < classes; ++c) {
      float* TREINO_RESTRICT column = logits.column(c);
      for (std::int64_t s = 0; s < samples; ++s) column[s] = treino::fast::normal_or_zero(column[s] * factors[s]);
    }
    logits.give(gradient, first);
    for (std::int64_t s = 0; s < count; ++s) {
      float* const row = gradient.row(first + s);
      row[labels[s]] = treino::fast::normal_or_zero(static_cast<float>(slopes[s]));
      if (shares[s] == 0) std::fill_n(row, classes, 0.0f);  // where it is NaN, too
    }
    return sum;
  }
  /// Whether the class is so sure that what the others have is lost in the sum of all.
  TREINO_ALWAYS_INLINE static bool is_sure(double others, double denominator) { return others < 1e-7 * denominator; }

  /// Of the samples whose class is sure, the others' sum without it, and the cost of that: the class' power is 1 then.
  static void look_closer(const treino::SampleTile& powers, const std::int32_t* labels, std::int64_t classes, const double* shares,
                          const double* denominators, double* others, double* terms) {
    for (std::int64_t s = 0; s < treino::samples_side_by_side; ++s) {
      if (!is_sure(others[s], denominators[s])) continue;
      double sum = 0;
      for (std::int64_t c = 0; c < classes; ++c) sum += c == labels[s] ? 0 : static_cast<double>(powers.column(c)[s]);
      others[s] = sum;
      if (shares[s] != 0) terms[s] = shares[s] * std::log1p(sum);
    }
  }
  TREINO_ALWAYS_INLINE double of_logits(const float* TREINO_RESTRICT row, const Wanted& wanted, float* TREINO_RESTRICT slopes,
                                        double scale) {
    double* TREINO_RESTRICT work = work_.data();
    const double* part = wanted.part;
    const std::int64_t classes = classes_;
    const treino::Softmax softmax = treino::softmax(row, classes, work);
    if (slopes != nullptr) {
      const double factor = scale * wanted.sum / softmax.denominator;
      for (std::int64_t c = 0; c < classes; ++c)
        slopes[c] = treino::fast::normal_or_zero(static_cast<float>(factor * work[c] - scale * part[c]));
      slopes[wanted.label] = treino::fast::normal_or_zero(
          static_cast<float>(factor * work[wanted.label] - scale * (part[wanted.label] + wanted.own)));
    }
    double loss = wanted.sum * std::log(softmax.denominator);
    if (wanted.own != 0) loss -= wanted.own * (static_cast<double>(row[wanted.label]) - softmax.top);
    if (part == spread_.data() && smoothing_ == 0) return loss;
    // Of a class that is not wanted nothing counts, a logit of -infinity neither.
    for (std::int64_t c = 0; c < classes; ++c)
      work[c] = treino::fast::select(part[c] == 0, 0.0, part[c] * (static_cast<double>(row[c]) - softmax.top));
    return loss - treino::fast::sum(work, classes);
  }
  /// As Keras: a probability of 0 counts as 1e-7 and costs 16, not infinity.
  TREINO_ALWAYS_INLINE double of_probabilities(const float* TREINO_RESTRICT row, const Wanted& wanted,
                                               float* TREINO_RESTRICT slopes, double scale) {
    double* TREINO_RESTRICT work = work_.data();
    const double* part = wanted.part;
    for (std::int64_t c = 0; c < classes_; ++c) {
      const double probability = static_cast<double>(row[c]), safe = treino::fast::at_least(probability, 1e-7);
      work[c] = part[c] * treino::fast::log(safe);
      if (slopes != nullptr) slopes[c] = static_cast<float>(-scale * part[c] / safe);
    }
    const double probability = static_cast<double>(row[wanted.label]), safe = treino::fast::at_least(probability, 1e-7);
    if (slopes != nullptr) slopes[wanted.label] = static_cast<float>(-scale * (part[wanted.label] + wanted.own) / safe);
    return -treino::fast::sum(work, classes_) - wanted.own * std::log(safe);
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
  std::vector<double> work_, wanted_;
  std::vector<float> powers_;
};

}  // namespace

TREINO_PLUGIN(CrossEntropy, R"toml(
kind = "loss"
id = "cross_entropy"
version = "1.0.1"
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
doc = "mean: sum of weight * loss over the number of samples; weighted_mean: over the sum of weights; sum: over 1, and an epoch's loss is the mean of its batches'"
)toml")
