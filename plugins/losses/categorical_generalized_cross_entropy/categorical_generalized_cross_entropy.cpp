// Generalized cross-entropy: between cross_entropy (q near 0) and the mean absolute error (q = 1), so that a wrong label costs at
// most 1 / q and pulls the less the surer the model is that it is wrong. Z. Zhang, M. R. Sabuncu, Generalized Cross Entropy Loss
// for Training Deep Neural Networks with Noisy Labels, NeurIPS 2018. As keras.losses.CategoricalGeneralizedCrossEntropy.
// Parameters: q, from_logits, reduction.
#include <algorithm>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>

#include "shared/losses/softmax.hpp"

namespace {

class GeneralizedCrossEntropy final : public treino::Loss {
 public:
  explicit GeneralizedCrossEntropy(const treino::Setup& setup)
      : q_(setup.get<double>("q")), from_logits_(setup.get<bool>("from_logits")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    const std::string outputs = std::to_string(problem.outputs());
    if (problem.outputs() < 2) refuse("it needs an output for each class, the model has " + outputs + ": add units");
    if (problem.target_is_index() ? problem.classes() > problem.outputs()
                                  : problem.target_is_one_hot() && problem.classes() != problem.outputs())
      refuse("the data have " + std::to_string(problem.classes()) + " classes, the model has " + outputs +
             " outputs: make them equal");
    problem.expect_an_output_a_column();
    treino::check_last_layer(problem, "categorical_generalized_cross_entropy", from_logits_, false);
    for (std::vector<double>* values : {&powers_, &wanted_}) values->assign(static_cast<std::size_t>(problem.outputs()), 0);
  }
  treino::Takes takes() const override { return from_logits_ ? treino::Takes::logits : treino::Takes::probabilities; }

  /// Throws std::domain_error where an index is no class or a row is not one-hot. A sample of weight 0 counts for nothing.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = static_cast<double>(weights[sample]);
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (slopes != nullptr) std::fill_n(slopes, prediction.columns(), 0.0f);
        if (sample_weight == 0) continue;
        const std::int64_t label = class_of(target, sample, prediction.columns());
        const float* row = prediction.row(sample);
        sum += sample_weight *
               (from_logits_ ? of_logits(row, label, prediction.columns(), slopes, scale * sample_weight)
                             : of_probability(row[label], slopes == nullptr ? nullptr : slopes + label, scale * sample_weight));
      }
    });
    return {sum, weight};
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) {
    throw std::invalid_argument("categorical_generalized_cross_entropy: " + why);
  }

  std::int64_t class_of(const treino::Target& target, std::int64_t sample, std::int64_t classes) {
    if (target.is_index()) {
      treino::check_class(target.index(sample), classes, sample);
      return target.index(sample);
    }
    treino::take_distribution(target.values().row(sample), classes, sample, wanted_.data());
    return std::max_element(wanted_.begin(), wanted_.end()) - wanted_.begin();
  }
  /// (1 - p^q) / q by the logarithm of p, which keeps what is missing from 1 where p is nearly that.
  TREINO_ALWAYS_INLINE double of_logits(const float* TREINO_RESTRICT row, std::int64_t label, std::int64_t classes,
                                        float* TREINO_RESTRICT slopes, double scale) {
    double* TREINO_RESTRICT powers = powers_.data();
    const double top = treino::softmax(row, classes, powers).top, own = powers[label];
    powers[label] = 0;
    const double others = treino::fast::sum(powers, classes), denominator = own + others;
    const double cost = treino::cost_of(static_cast<double>(row[label]) - top, own, others);
    if (slopes != nullptr) {
      const double factor = scale * std::exp(-q_ * cost) / denominator;
      for (std::int64_t c = 0; c < classes; ++c) slopes[c] = treino::fast::normal_or_zero(static_cast<float>(factor * powers[c]));
      slopes[label] = treino::fast::normal_or_zero(static_cast<float>(-factor * others));
    }
    return -std::expm1(-q_ * cost) / q_;
  }
  /// As Keras: p is kept within 1e-7 .. 1 - 1e-7.
  double of_probability(float probability, float* slope, double scale) const {
    const double p = std::min(std::max(static_cast<double>(probability), 1e-7), 1 - 1e-7);
    if (std::isnan(probability)) return static_cast<double>(probability);
    if (slope != nullptr) *slope = static_cast<float>(-scale * std::pow(p, q_ - 1));
    return -std::expm1(q_ * std::log(p)) / q_;
  }

  double q_;
  bool from_logits_;
  treino::Reduction reduction_;
  std::vector<double> powers_, wanted_;  // of one sample
};

}  // namespace

TREINO_PLUGIN(GeneralizedCrossEntropy, R"toml(
kind = "loss"
id = "categorical_generalized_cross_entropy"
version = "1.0.0"
summary = "Cross-entropy that bounds the cost of a wrong label."
target = ["index", "one_hot"]
help = """
loss of a sample = (1 - p_y^q) / q, with y its class and p = softmax(logits)
gradient by the logit of class c = p_y^q (p_c - 1 where c is y, else p_c), times the sample's weight, over what `reduction` divides by
As q goes to 0 it becomes cross_entropy; q = 1 is 1 - p_y, half of the mean absolute error. For labels of which some are wrong.
With from_logits = false p is the prediction, kept within 1e-7 .. 1 - 1e-7, and the gradient - p_y^(q - 1).
Z. Zhang, M. R. Sabuncu, NeurIPS 2018. As keras.losses.CategoricalGeneralizedCrossEntropy. A sample of weight 0 may hold anything."""
[parameters.q]
type = "float"
default = 0.5
above = 0.0
max = 1.0
doc = "how much a wrong label is forgiven: near 0 not at all, 1 most"
)toml" TREINO_FROM_LOGITS_TOML("softmax") TREINO_REDUCTION_TOML)
