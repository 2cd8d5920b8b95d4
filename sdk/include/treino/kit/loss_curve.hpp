// What a loss of elementwise_loss.hpp makes of one output, and of a block of them.
//
// A curve in float may have more than at(), for speed (fast_math.hpp says why). Steps before it, as loops of their own over a block:
// - float exponent(prediction, target), at most 0. at(prediction, target, output, exponential) is given its exponential.
// - float first_step(prediction, target) in its place. at(prediction, target, output, first) is given the result.
// - float second_step(first), after either. at(prediction, target, output, first, second) is given both.
// at() may return a TermWithLog in place of a Term. By Precise precise() const, another curve, in double, a block is computed
// again where this one gives a value that is not finite; at() marks what it is not good for by a loss of NaN.
//
//   struct Softplus : treino::LossCurve {  // log(1 + e^z), of z below 0
//     using Real = float;
//     float exponent(float z, float) const { return z; }
//     treino::TermWithLog at(float, float, std::int64_t, float power) const { return {0, power / (1 + power), power}; }
//   };
#pragma once
#include <cmath>
#include <cstdio>
#include <treino/kit/fast_math.hpp>
#include <treino/loss.hpp>
#include <type_traits>

namespace treino {
inline namespace sdk0 {

/// Loss of one output, and its derivative by the prediction.
template <class Real>
struct Term {
  Real loss, slope;
};

/// Loss of one output, which is loss + log(1 + more) with `more` in 0 .. 1, and its derivative by the prediction. The logarithms of a
/// row are one logarithm of a product then.
struct TermWithLog {
  float loss, slope, more;
};

/// What a curve says of itself where it says nothing else. Curves are copied for every sample: a list is a pointer in them.
struct LossCurve {
  using Real = double;  // what at() computes in; float is faster and needs care
  // Targets have to lie in this range; without bounds they have to be finite.
  double lowest = -std::numeric_limits<double>::max(), highest = std::numeric_limits<double>::max();
  Takes takes() const { return Takes::values; }
  /// Throws std::invalid_argument, with the fix, where `name` cannot work on the problem.
  void prepare(const Problem& problem, const char* name) {
    if (problem.target_is_index())
      throw std::invalid_argument(std::string(name) + " needs values as target, not class indices: take cross_entropy");
    problem.expect_an_output_a_column();
  }
};

namespace detail {

[[noreturn]] inline void refuse_target(std::int64_t sample, double target, double lowest, double highest) {
  const std::string whose = "target of sample " + std::to_string(sample);
  constexpr double all = std::numeric_limits<float>::max();
  if (lowest <= -all && highest >= all) throw std::domain_error(whose + " is not a finite number");
  char text[96];
  if (highest >= all) {
    std::snprintf(text, sizeof text, " is %g, not a finite number from %g up", target, lowest);
  } else {
    std::snprintf(text, sizeof text, " is %g, outside %g .. %g", target, lowest, highest);
  }
  throw std::domain_error(whose + text);
}

}  // namespace detail

/// What a target may be, in float.
struct TargetRange {
  TargetRange(double least, double most) : lowest(within(least)), highest(within(most)) {}
  TREINO_ALWAYS_INLINE std::int32_t excludes(float target) const {
    return static_cast<std::int32_t>(!((target >= lowest) & (target <= highest)));
  }
  /// Throws std::domain_error with the first of the sample's `count` targets that is excluded.
  void refuse(const float* targets, std::int64_t count, std::int64_t sample) const {
    for (std::int64_t i = 0; i < count; ++i)
      if (excludes(targets[i]) != 0)
        detail::refuse_target(sample, static_cast<double>(targets[i]), static_cast<double>(lowest), static_cast<double>(highest));
  }
  float lowest, highest;

 private:
  static float within(double limit) {
    constexpr double all = std::numeric_limits<float>::max();
    return static_cast<float>(limit < -all ? -all : limit > all ? all : limit);
  }
};

/// Throws std::domain_error where one of the sample's `count` targets is NaN, infinite or outside lowest .. highest.
TREINO_ALWAYS_INLINE inline void check_targets(const float* targets, std::int64_t count, std::int64_t sample, double lowest,
                                               double highest) {
  const TargetRange range(lowest, highest);
  std::int32_t wrong = 0;
  for (std::int64_t i = 0; i < count; ++i) wrong |= range.excludes(targets[i]);
  if (wrong != 0) range.refuse(targets, count, sample);
}

namespace detail {

template <class Shape, class = void>
struct HasExponent : std::false_type {};
template <class Shape>
struct HasExponent<Shape, std::void_t<decltype(&Shape::exponent)>> : std::true_type {};

template <class Shape, class = void>
struct HasFirstStep : std::false_type {};
template <class Shape>
struct HasFirstStep<Shape, std::void_t<decltype(&Shape::first_step)>> : std::true_type {};

template <class Shape, class = void>
struct HasSecondStep : std::false_type {};
template <class Shape>
struct HasSecondStep<Shape, std::void_t<decltype(&Shape::second_step)>> : std::true_type {};

template <class Shape, class = void>
struct HasPrecise : std::false_type {};
template <class Shape>
struct HasPrecise<Shape, std::void_t<decltype(&Shape::precise)>> : std::true_type {};

/// A part of a row, at most block_of_row outputs from `begin` on.
struct Block {
  const float *predictions, *targets;
  float* slopes;
  std::int64_t begin, count, sample;
  double scale;  // of slopes
};

/// The sum of losses is sum + log(1 + more).
struct Sum {
  double sum, more;
};

template <class Shape>
constexpr bool has_first = HasExponent<Shape>::value || HasFirstStep<Shape>::value;

/// What at() is given besides, of a block.
template <class Shape>
struct Steps {
  alignas(64) float first[block_of_row];  // afterwards what a TermWithLog has more
  alignas(64) float second[HasSecondStep<Shape>::value ? block_of_row : 1];

  TREINO_ALWAYS_INLINE void take(const Shape& curve, const float* TREINO_RESTRICT predictions,
                                 const float* TREINO_RESTRICT targets, std::int64_t count) {
    if constexpr (HasExponent<Shape>::value) {
      fast::exponentials(count, first, [&](std::int64_t i) TREINO_ALWAYS_INLINE {
        return fast::Exact{curve.exponent(predictions[i], targets[i]), 0.0f};
      });
    } else if constexpr (HasFirstStep<Shape>::value) {
      for (std::int64_t i = 0; i < count; ++i) first[i] = curve.first_step(predictions[i], targets[i]);
    }
    if constexpr (HasSecondStep<Shape>::value)
      for (std::int64_t i = 0; i < count; ++i) second[i] = curve.second_step(first[i]);
  }
  template <class Real>
  TREINO_ALWAYS_INLINE auto at(const Shape& curve, Real prediction, Real target, std::int64_t output, std::int64_t i) const {
    if constexpr (HasSecondStep<Shape>::value) {
      return curve.at(prediction, target, output, first[i], second[i]);
    } else if constexpr (has_first<Shape>) {
      return curve.at(prediction, target, output, first[i]);
    } else {
      return curve.at(prediction, target, output);
    }
  }
};

/// Sets the slopes and returns the sum of the losses.
template <class Shape>
TREINO_ALWAYS_INLINE inline Sum sum_of_block(const Shape& curve, const Block& block) {
  using Real = typename Shape::Real;
  const float *TREINO_RESTRICT predictions = block.predictions, *TREINO_RESTRICT targets = block.targets;
  float* TREINO_RESTRICT slopes = block.slopes;
  const auto factor = static_cast<Real>(block.scale);
  const TargetRange range(curve.lowest, curve.highest);
  alignas(64) Real losses[block_of_row];
  Steps<Shape> steps;
  steps.take(curve, predictions, targets, block.count);
  bool with_log = false;
  std::int32_t wrong = 0;
  for (std::int64_t i = 0; i < block.count; ++i) {
    const auto term = steps.at(curve, static_cast<Real>(predictions[i]), static_cast<Real>(targets[i]), block.begin + i, i);
    losses[i] = term.loss;
    slopes[i] = fast::normal_or_zero(static_cast<float>(factor * term.slope));
    if constexpr (std::is_same_v<std::decay_t<decltype(term)>, TermWithLog>) steps.first[i] = term.more, with_log = true;
    wrong |= range.excludes(targets[i]);
  }
  if (wrong != 0) range.refuse(targets, block.count, block.sample);
  const Sum sum{fast::sum_in_pairs(losses, block.count), with_log ? fast::product_above_one(steps.first, block.count) : 0};
  if constexpr (HasPrecise<Shape>::value) {
    if (!std::isfinite(sum.sum)) return sum_of_block(curve.precise(), block);
  }
  return sum;
}

}  // namespace detail

}  // namespace sdk0
}  // namespace treino
