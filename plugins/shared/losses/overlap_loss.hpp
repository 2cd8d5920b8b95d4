// Losses of how well a predicted mask covers the wanted one (dice, tversky): of a sample, 1 - (hits + smooth) / (hits + alpha *
// false alarms + beta * misses + smooth), counted in probabilities. Parameters: smooth (described below), from_logits (softmax.hpp)
// and reduction (kit/reduction.hpp).
#pragma once
#include <algorithm>

#include "shared/losses/binary_targets.hpp"

namespace treino {
inline namespace sdk0 {

class OverlapLoss : public Loss {
 public:
  void prepare(const Problem& problem) override {
    if (problem.target_is_index())
      throw std::invalid_argument(name_ + " compares masks, the target is class indices: take cross_entropy, or one-hot targets");
    problem.expect_an_output_a_column();
    check_last_layer(problem, name_, from_logits_, true);
    for (std::vector<float>* values : {&chances_, &mistakes_, &inner_})
      values->assign(static_cast<std::size_t>(problem.outputs()), 1.0f);
  }
  Takes takes() const override { return from_logits_ ? Takes::independent_logits : Takes::independent_probabilities; }

  /// Throws std::domain_error where a target is outside 0 .. 1. A sample of weight 0 counts for nothing, whatever it holds.
  LossValue evaluate(Matrix<const float> prediction, const Target& target, Weights weights, Matrix<float> gradient) override {
    const double weight = reduction_.weight(prediction.rows(), weights), scale = Reduction::scale(weight);
    const std::int64_t outputs = prediction.columns();
    double sum = 0;
    with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
        const double sample_weight = static_cast<double>(weights[sample]);
        float* slopes = gradient ? gradient.row(sample) : nullptr;
        if (sample_weight != 0) {
          check_targets(target.values().row(sample), outputs, sample, 0, 1);
          sum += sample_weight * row(prediction.row(sample), target.values().row(sample), slopes, outputs, scale * sample_weight);
        } else if (slopes != nullptr) {
          std::fill_n(slopes, outputs, 0.0f);
        }
      }
    });
    return {sum, weight};
  }

 protected:
  /// alpha and beta: what a false alarm and a miss count, against a hit.
  OverlapLoss(const Setup& setup, std::string name, double alpha, double beta, double smooth)
      : name_(std::move(name)),
        from_logits_(setup.get<bool>("from_logits")),
        alpha_(alpha),
        beta_(beta),
        smooth_(smooth),
        reduction_(setup) {}

 private:
  TREINO_ALWAYS_INLINE double row(const float* TREINO_RESTRICT predictions, const float* TREINO_RESTRICT wanted,
                                  float* TREINO_RESTRICT slopes, std::int64_t outputs, double scale) {
    float *TREINO_RESTRICT chance = chances_.data(), *TREINO_RESTRICT mistakes = mistakes_.data(),
                           *TREINO_RESTRICT inner = inner_.data();
    const double alpha = alpha_, beta = beta_;
    // Added up by themselves, not as what is missing from a sum: of a sure and right mask nothing of them would be left in it.
    const auto mistake = [a = static_cast<float>(alpha), b = static_cast<float>(beta)](float p, float rest, float y)
                             TREINO_ALWAYS_INLINE { return a * p * (1 - y) + b * rest * y; };
    if (from_logits_) {
      for (std::int64_t i = 0; i < outputs; ++i) {
        const float z = predictions[i], small = fast::exp_below_one(-std::abs(z));
        const float near = fast::log1p_up_to_one(small).inverse, far = small * near;
        chance[i] = fast::select(z < 0, far, near);
        mistakes[i] = mistake(chance[i], fast::select(z < 0, near, far), wanted[i]);
        inner[i] = near * far;  // d(chance) / d(logit), without the cancellation of p (1 - p)
      }
    } else {
      for (std::int64_t i = 0; i < outputs; ++i)
        chance[i] = predictions[i], mistakes[i] = mistake(chance[i], 1 - chance[i], wanted[i]);
    }
    const double hits = fast::sum_of_products(chance, wanted, outputs);
    const double wrong = fast::sum(mistakes, outputs), above = hits + smooth_, below = above + wrong;
    const bool empty = below == 0;  // nothing wanted, nothing found, nothing added: all right
    const double factor = empty ? 0 : scale / (below * below);
    // By the chance of what is not wanted, and what is: alpha above, and (1 - beta) above - below.
    const double unwanted = factor * alpha * above, change = factor * ((1 - beta - alpha) * above - below);
    for (std::int64_t i = 0; slopes != nullptr && i < outputs; ++i)
      slopes[i] = fast::normal_or_zero(
          static_cast<float>((unwanted + change * static_cast<double>(wanted[i])) * static_cast<double>(inner[i])));
    return empty ? 0 : wrong / below;
  }

  std::string name_;
  bool from_logits_;
  double alpha_, beta_, smooth_;
  Reduction reduction_;
  std::vector<float> chances_, mistakes_, inner_;  // of one sample
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_SMOOTH_TOML).
#define TREINO_SMOOTH_TOML \
  "\n"                     \
  "[parameters.smooth]\n"  \
  "type = \"float\"\n"     \
  "default = 1.0\n"        \
  "min = 0.0\n"            \
  "doc = \"added to numerator and denominator, so that empty masks are no special case\"\n"
