// Kullback-Leibler divergence: how far the predicted distribution over the outputs is from the wanted one. Its gradient is that
// of cross_entropy, its value is 0 where they agree. For soft targets, those of a teacher say. As torch.nn.KLDivLoss("batchmean")
// of log_softmax and keras.losses.KLDivergence. Parameters: from_logits, reduction.
#include <algorithm>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>
#include <utility>

#include "shared/losses/softmax.hpp"

namespace {

class KlDivergence final : public treino::Loss {
 public:
  explicit KlDivergence(const treino::Setup& setup) : from_logits_(setup.get<bool>("from_logits")), reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    if (problem.target_is_index())
      throw std::invalid_argument("kl_divergence compares distributions, the target is class indices: take cross_entropy");
    if (problem.outputs() < 2)
      throw std::invalid_argument("kl_divergence: a distribution needs two outputs or more, the model has " +
                                  std::to_string(problem.outputs()) + ": add units, or take binary_cross_entropy");
    problem.expect_an_output_a_column();
    treino::check_last_layer(problem, "kl_divergence", from_logits_, false);
    for (std::vector<double>* values : {&wanted_, &powers_, &work_})
      values->assign(static_cast<std::size_t>(problem.outputs()), 0);
    exponentials_.assign(static_cast<std::size_t>(problem.outputs()), 0);
  }
  treino::Takes takes() const override { return from_logits_ ? treino::Takes::logits : treino::Takes::probabilities; }

  /// Throws std::domain_error where a target is no distribution. A sample of weight 0 counts for nothing, whatever it holds.
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = treino::Reduction::scale(weight);
    const std::int64_t outputs = prediction.columns();
    double sum = 0;
    treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = static_cast<double>(weights[sample]);
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (sample_weight == 0) {
          if (slopes != nullptr) std::fill_n(slopes, outputs, 0.0f);
          continue;
        }
        const float* row = prediction.row(sample);
        if (const std::int64_t label = from_logits_ ? treino::class_of_one_hot(target.values().row(sample), outputs) : -1;
            label >= 0) {
          sum += sample_weight * treino::cost_of_class(row, outputs, label, exponentials_.data(), slopes, scale * sample_weight);
          continue;
        }
        treino::take_distribution(target.values().row(sample), outputs, sample, wanted_.data());
        sum += sample_weight * (from_logits_ ? of_logits(row, slopes, outputs, scale * sample_weight)
                                             : of_probabilities(row, slopes, outputs, scale * sample_weight));
      }
    });
    return {sum, weight};
  }

 private:
  TREINO_ALWAYS_INLINE double of_logits(const float* TREINO_RESTRICT row, float* TREINO_RESTRICT slopes, std::int64_t outputs,
                                        double scale) {
    double* TREINO_RESTRICT wanted = wanted_.data();
    double *TREINO_RESTRICT work = work_.data(), *TREINO_RESTRICT powers = powers_.data();
    const treino::Softmax softmax = treino::softmax(row, outputs, powers);
    // What is missing from a sure and right prediction is in the other classes: taken from 1 it would be lost.
    const std::int64_t best = place_of(row, outputs, softmax.top);
    const double own = std::exchange(wanted[best], 0.0), power = std::exchange(powers[best], 0.0);
    const double others = treino::fast::sum(powers, outputs), rest = treino::fast::sum(wanted, outputs);
    wanted[best] = own;
    powers[best] = power;
    const double mass = own + rest, log_denominator = std::log1p(others);
    const double factor = scale * mass / (1 + others);
    for (std::int64_t c = 0; slopes != nullptr && c < outputs; ++c)
      slopes[c] = treino::fast::normal_or_zero(static_cast<float>(factor * powers[c] - scale * wanted[c]));
    if (slopes != nullptr) slopes[best] = treino::fast::normal_or_zero(static_cast<float>(scale * rest - factor * others));
    for (std::int64_t c = 0; c < outputs; ++c) {
      const double cost = wanted[c] * (static_cast<double>(row[c]) - softmax.top - log_denominator);
      work[c] = own_part(wanted[c]) - treino::fast::select(wanted[c] == 0, 0.0, cost);  // a logit may be -infinity there
    }
    return treino::fast::sum(work, outputs);
  }
  static std::int64_t place_of(const float* row, std::int64_t outputs, double top) {
    for (std::int64_t c = 0; c < outputs; ++c)
      if (static_cast<double>(row[c]) == top) return c;
    return 0;  // NaN, which comes out anyway
  }
  /// As Keras: a probability of 0 counts as 1e-7.
  TREINO_ALWAYS_INLINE double of_probabilities(const float* TREINO_RESTRICT row, float* TREINO_RESTRICT slopes,
                                               std::int64_t outputs, double scale) {
    const double* TREINO_RESTRICT wanted = wanted_.data();
    double* TREINO_RESTRICT work = work_.data();
    for (std::int64_t c = 0; c < outputs; ++c) {
      const double probability = static_cast<double>(row[c]), safe = treino::fast::at_least(probability, 1e-7);
      work[c] = own_part(wanted[c]) - wanted[c] * treino::fast::log(safe);
      if (slopes != nullptr) slopes[c] = static_cast<float>(-scale * wanted[c] / safe);
    }
    return treino::fast::sum(work, outputs);
  }
  /// y log y, which is 0 at 0.
  TREINO_ALWAYS_INLINE static double own_part(double y) { return y * treino::fast::log(treino::fast::select(y == 0, 1.0, y)); }

  bool from_logits_;
  treino::Reduction reduction_;
  // Of one sample.
  std::vector<double> wanted_, powers_, work_;
  std::vector<float> exponentials_;
};

}  // namespace

TREINO_PLUGIN(KlDivergence, R"toml(
kind = "loss"
id = "kl_divergence"
version = "1.0.2"
summary = "Kullback-Leibler divergence of the predicted distribution from the target."
target = ["one_hot", "values"]
help = """
loss of a sample = sum over outputs c of y_c log(y_c / p_c), 0 where y_c is 0, with y the target and p = softmax(logits)
gradient by the logits = p_c * (sum of y) - y_c, times the sample's weight, over what `reduction` divides by
Targets have to sum to 1, to 1e-3; Keras takes any. A class that is not wanted counts for nothing, a logit of -infinity neither.
With from_logits = false p is the prediction itself, 1e-7 where it is less, and the gradient - y_c / p_c.
As torch.nn.KLDivLoss(reduction = "batchmean") of log_softmax, and keras.losses.KLDivergence of probabilities. S. Kullback,
R. A. Leibler, On Information and Sufficiency, Ann. Math. Stat. 22 (1951). A sample of weight 0 may hold anything, NaN too."""
)toml" TREINO_FROM_LOGITS_TOML("softmax") TREINO_REDUCTION_TOML)
