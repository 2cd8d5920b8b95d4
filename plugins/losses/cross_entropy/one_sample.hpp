// Cross-entropy of one sample, for any kind of target: the plain way, one row after another.
//   row, gradient  classes each; gradient may be null, else it is set to the loss's times `scale`
//   work           classes, written
#pragma once
#include <cmath>
#include <cstdint>
#include <treino/kit/fast_math.hpp>

#include "shared/losses/softmax.hpp"

namespace cross_entropy {

/// What the loss makes of a class index, a one-hot row or a distribution, after smoothing and times the class's weight: base[c] of
/// each class, and `extra` more of class `label`.
struct SoftTarget {
  const double* base;
  double extra, sum;
  std::int64_t label;
};

/// Cross-entropy of logits.
///   only_label  base is 0 everywhere
TREINO_ALWAYS_INLINE inline double of_logits(const float* TREINO_RESTRICT row, std::int64_t classes, const SoftTarget& target,
                                             bool only_label, double* TREINO_RESTRICT work, float* TREINO_RESTRICT gradient,
                                             double scale) {
  const double* base = target.base;
  const treino::Softmax softmax = treino::softmax(row, classes, work);
  if (gradient != nullptr) {
    const double factor = scale * target.sum / softmax.denominator;
    for (std::int64_t c = 0; c < classes; ++c)
      gradient[c] = treino::fast::normal_or_zero(static_cast<float>(factor * work[c] - scale * base[c]));
    gradient[target.label] = treino::fast::normal_or_zero(
        static_cast<float>(factor * work[target.label] - scale * (base[target.label] + target.extra)));
  }
  double loss = target.sum * std::log(softmax.denominator);
  if (target.extra != 0) loss -= target.extra * (static_cast<double>(row[target.label]) - softmax.top);
  if (only_label) return loss;
  // Of a class that the target has not nothing counts, a logit of -infinity neither.
  for (std::int64_t c = 0; c < classes; ++c)
    work[c] = treino::fast::select(base[c] == 0, 0.0, base[c] * (static_cast<double>(row[c]) - softmax.top));
  return loss - treino::fast::sum(work, classes);
}

/// As Keras: a probability of 0 counts as 1e-7 and costs 16, not infinity.
TREINO_ALWAYS_INLINE inline double of_probabilities(const float* TREINO_RESTRICT row, std::int64_t classes,
                                                    const SoftTarget& target, double* TREINO_RESTRICT work,
                                                    float* TREINO_RESTRICT gradient, double scale) {
  const double* base = target.base;
  for (std::int64_t c = 0; c < classes; ++c) {
    const double probability = static_cast<double>(row[c]), safe = treino::fast::at_least(probability, 1e-7);
    work[c] = base[c] * treino::fast::log(safe);
    if (gradient != nullptr) gradient[c] = static_cast<float>(-scale * base[c] / safe);
  }
  const double probability = static_cast<double>(row[target.label]), safe = treino::fast::at_least(probability, 1e-7);
  if (gradient != nullptr) gradient[target.label] = static_cast<float>(-scale * (base[target.label] + target.extra) / safe);
  return -treino::fast::sum(work, classes) - target.extra * std::log(safe);
}

}  // namespace cross_entropy
