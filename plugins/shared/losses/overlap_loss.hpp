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
    for (std::vector<float>* values : {&hits_, &mistakes_, &inner_})
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
    float *TREINO_RESTRICT hit = hits_.data(), *TREINO_RESTRICT mistakes = mistakes_.data(),
                           *TREINO_RESTRICT inner = inner_.data();
    // Added up by themselves, not as what is missing from a sum: of a sure and right mask nothing of them would be left in it.
    const auto mistake = [a = static_cast<float>(alpha_), b = static_cast<float>(beta_)](float p, float rest, float y)
                             TREINO_ALWAYS_INLINE { return a * p * (1 - y) + b * rest * y; };
    if (from_logits_) {
      for (std::int64_t begin = 0; begin < outputs; begin += block_of_row) {
        const std::int64_t end = std::min(outputs, begin + block_of_row);
        prefetch_ahead(predictions + begin, end - begin);
        prefetch_ahead(wanted + begin, end - begin);
        fast::exponentials(end - begin, inner + begin, [logits = predictions + begin](std::int64_t i) TREINO_ALWAYS_INLINE {
          return fast::Exact{-std::abs(logits[i]), 0.0f};
        });
        for (std::int64_t i = begin; i < end; ++i) {
          const float z = predictions[i], small = inner[i], near = 1 / (1 + small), far = small * near;
          const float chance = fast::select(z < 0, far, near);
          mistakes[i] = mistake(chance, fast::select(z < 0, near, far), wanted[i]);
          hit[i] = chance * wanted[i];
          inner[i] = near * far;  // d(chance) / d(logit), without the cancellation of p (1 - p)
        }
      }
    } else {
      for (std::int64_t i = 0; i < outputs; ++i)
        mistakes[i] = mistake(predictions[i], 1 - predictions[i], wanted[i]), hit[i] = predictions[i] * wanted[i];
    }
    const double hits = fast::sum_in_pairs(hit, outputs), wrong = fast::sum_in_pairs(mistakes, outputs);
    const double above = hits + smooth_, below = above + wrong;
    const bool empty = below == 0;  // nothing wanted, nothing found, nothing added: all right
    if (slopes != nullptr) set_slopes(wanted, slopes, outputs, above, below, empty ? 0 : scale / (below * below));
    return empty ? 0 : wrong / below;
  }

  /// By the chance of what is not wanted, and what is: alpha above, and (1 - beta) above - below, times `factor`.
  TREINO_ALWAYS_INLINE void set_slopes(const float* TREINO_RESTRICT wanted, float* TREINO_RESTRICT slopes, std::int64_t outputs,
                                       double above, double below, double factor) const {
    const float* TREINO_RESTRICT inner = inner_.data();
    const double unwanted = factor * alpha_ * above, change = factor * ((1 - beta_ - alpha_) * above - below);
    const double turn = change == 0 ? 0 : -unwanted / change;  // what is wanted here to this degree has no slope
    const auto high = static_cast<float>(turn), low = static_cast<float>(turn - static_cast<double>(high));
    const auto steepness = static_cast<float>(change);
    if (std::abs(change) < 1e30 && std::abs(change) > 1e-30) {
      for (std::int64_t i = 0; i < outputs; ++i)
        slopes[i] = fast::normal_or_zero(steepness * ((wanted[i] - high) - low) * inner[i]);
    } else {
      for (std::int64_t i = 0; i < outputs; ++i)
        slopes[i] = fast::normal_or_zero(
            static_cast<float>((unwanted + change * static_cast<double>(wanted[i])) * static_cast<double>(inner[i])));
    }
  }

  std::string name_;
  bool from_logits_;
  double alpha_, beta_, smooth_;
  Reduction reduction_;
  std::vector<float> hits_, mistakes_, inner_;  // of one sample
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
