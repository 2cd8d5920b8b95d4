// Softmax and distributions over classes, for losses of a choice among classes, inside vector_loops.hpp's loops: in double, but for
// targets of one class.
#pragma once
#include <cmath>
#include <stdexcept>
#include <string>
#include <treino/kit/fast_math.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// Of one sample: the probability of class c is powers[c] / denominator, its logarithm row[c] - top - log(denominator).
struct Softmax {
  double top, denominator;
};

/// row, powers: classes >= 1; powers is written.
TREINO_ALWAYS_INLINE inline Softmax softmax(const float* TREINO_RESTRICT row, std::int64_t classes,
                                            double* TREINO_RESTRICT powers) {
  const double top = static_cast<double>(fast::max(row, classes));  // no exponent is above 0: nothing overflows
  for (std::int64_t begin = 0; begin < classes; begin += block_of_row) {
    const std::int64_t end = classes < begin + block_of_row ? classes : begin + block_of_row;
    prefetch_ahead(row + begin, end - begin);
    for (std::int64_t c = begin; c < end; ++c) powers[c] = fast::exp(static_cast<double>(row[c]) - top);
  }
  return {top, fast::sum(powers, classes)};
}

/// The powers in float: twice as fast, and good to 2e-7 where nothing is taken from them afterwards. Returns the largest of the
/// row.
TREINO_ALWAYS_INLINE inline double softmax_powers(const float* TREINO_RESTRICT row, std::int64_t classes,
                                                  float* TREINO_RESTRICT powers) {
  const float top = fast::max(row, classes);
  for (std::int64_t begin = 0; begin < classes; begin += block_of_row) {
    const std::int64_t count = classes - begin < block_of_row ? classes - begin : block_of_row;
    prefetch_ahead(row + begin, count);
    fast::exponentials(count, powers + begin, [logits = row + begin, top](std::int64_t c) TREINO_ALWAYS_INLINE {
      return fast::exact_difference(logits[c], top);
    });
  }
  return static_cast<double>(top);
}

/// -log p of a class, from its logit less the largest one, its power and the sum of the others': where its logit is the largest, its
/// power 1, the others are all that is left of log(1 + others), however small they are.
inline double cost_of(double below_top, double power, double others) {
  return below_top == 0 ? std::log1p(others) : std::log(power + others) - below_top;
}

/// Whether the class is so sure that what the others have is lost in the sum of all.
TREINO_ALWAYS_INLINE inline bool is_sure(double others, double denominator) { return others < 1e-7 * denominator; }

/// Cross-entropy of the logits of one sample whose target is class `label` alone, so that float will do.
///   row, gradient  classes each; gradient may be null, else it is set to the loss's times `scale`
///   exponentials   classes, written
TREINO_ALWAYS_INLINE inline double cost_of_class(const float* TREINO_RESTRICT row, std::int64_t classes, std::int64_t label,
                                                 float* TREINO_RESTRICT exponentials, float* TREINO_RESTRICT gradient,
                                                 double scale) {
  const double top = softmax_powers(row, classes, exponentials);
  const double own = static_cast<double>(exponentials[label]), denominator = fast::sum(exponentials, classes);
  double others = denominator - own;
  if (is_sure(others, denominator)) {
    exponentials[label] = 0;
    others = fast::sum(exponentials, classes);
  }
  if (gradient != nullptr) {
    const auto factor = static_cast<float>(scale / denominator);
    for (std::int64_t begin = 0; begin < classes; begin += block_of_row) {
      const std::int64_t end = classes < begin + block_of_row ? classes : begin + block_of_row;
      prefetch_ahead(gradient + begin, end - begin);
      for (std::int64_t c = begin; c < end; ++c) gradient[c] = fast::normal_or_zero(factor * exponentials[c]);
    }
    gradient[label] = fast::normal_or_zero(static_cast<float>(-scale * others / denominator));
  }
  return cost_of(static_cast<double>(row[label]) - top, own, others);
}

/// Copies a row of the target to `to`. Throws std::domain_error where it is no distribution over the classes.
TREINO_ALWAYS_INLINE inline void take_distribution(const float* TREINO_RESTRICT row, std::int64_t classes, std::int64_t sample,
                                                   double* TREINO_RESTRICT to) {
  std::int32_t wrong = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    to[c] = static_cast<double>(row[c]);
    wrong |= static_cast<std::int32_t>(!(row[c] >= 0));
  }
  if (wrong != 0)
    throw std::domain_error("target of sample " + std::to_string(sample) + " has an entry that is not a probability");
  const double sum = fast::sum(to, classes);
  if (!(std::abs(sum - 1) <= 1e-3))
    throw std::domain_error("target of sample " + std::to_string(sample) + " sums to " + std::to_string(sum) +
                            ", not to 1; if several classes hold at once, take binary_cross_entropy");
}

/// The class of a one-hot row; -1 where it is none.
TREINO_ALWAYS_INLINE inline std::int64_t class_of_one_hot(const float* row, std::int64_t classes) {
  std::uint32_t others = 0, places = 0;  // how many are not 0, and the sum of where
  for (std::int64_t begin = 0; begin < classes && others < 2; begin += block_of_row) {
    const std::int64_t end = classes < begin + block_of_row ? classes : begin + block_of_row;
    prefetch_ahead(row + begin, end - begin);
    for (std::int64_t c = begin; c < end; ++c) {
      const std::uint32_t other = row[c] != 0;
      others += other;
      places += (0 - other) & static_cast<std::uint32_t>(c);
    }
  }
  return others == 1 && row[places] == 1 ? static_cast<std::int64_t>(places) : -1;
}

/// Throws std::domain_error where a class index is none of the model's classes.
inline void check_class(std::int64_t label, std::int64_t classes, std::int64_t sample) {
  if (label < 0 || label >= classes)
    throw std::domain_error("target of sample " + std::to_string(sample) + " is class " + std::to_string(label) + " of " +
                            std::to_string(classes));
}

/// Of a loss that takes `from_logits`: throws std::invalid_argument with the fix where the model's last layer does not fit.
///   independent  it wants sigmoids, not a softmax
inline void check_last_layer(const Problem& problem, const std::string& loss, bool from_logits, bool independent) {
  if (from_logits && problem.predicts_probabilities())
    throw std::invalid_argument(
        loss + ": it takes logits, the model gives probabilities: drop its last layer, or set from_logits = false");
  if (!from_logits && (!problem.predicts_probabilities() || problem.independent() != independent))
    throw std::invalid_argument(loss + ": with from_logits = false it takes the probabilities of a " +
                                (independent ? "sigmoid" : "softmax") + ": end the model with one, or leave from_logits = true");
}

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_FROM_LOGITS_TOML(...)).
#define TREINO_FROM_LOGITS_TOML(layer) \
  "\n"                                 \
  "[parameters.from_logits]\n"         \
  "type = \"bool\"\n"                  \
  "default = true\n"                   \
  "doc = \"the model's outputs are logits; false: probabilities, of a " layer " layer at its end\"\n"
