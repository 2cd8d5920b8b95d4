// Numbers that carry their derivative, for losses of elementwise_loss.hpp that leave theirs out: the curve is written once, for any
// kind of number, and its derivative by the prediction comes with its value.
//
//   struct PseudoHuber : treino::AutodiffCurve<PseudoHuber> {
//     static constexpr const char* name = "pseudo_huber";
//     explicit PseudoHuber(const treino::Setup& setup) : delta(setup.get<double>("delta")) {}
//     template <class Number>
//     TREINO_ALWAYS_INLINE Number loss(Number prediction, double target) const {
//       const Number error = (prediction - target) / delta;
//       return delta * delta * (sqrt(1 + square(error)) - 1);
//     }
//     double delta;
//   };
//   using Loss = treino::ElementwiseLoss<PseudoHuber>;  // TREINO_PLUGIN(Loss, R"toml(...)toml" TREINO_REDUCTION_TOML)
//
// Functions are called without a namespace: square, sqrt, exp, log, log1p, abs, pow, min, max, select. Choices are made with
// select(condition, yes, no), whose sides are both worked out and of which the one that is not chosen counts for nothing, in value and
// derivative; comparisons are those of the values. exp, log and log1p are those of fast_math.hpp, with their limits, and between two
// plain numbers fast::select chooses.
#pragma once
#include <cmath>
#include <treino/kit/elementwise_loss.hpp>
#include <treino/kit/fast_math.hpp>

namespace treino {
inline namespace sdk0 {

/// A number, and its derivative by the prediction.
struct Dual {
  double value = 0, slope = 0;

  Dual() = default;
  /// What does not depend on the prediction.
  TREINO_ALWAYS_INLINE Dual(double number) : value(number) {}  // NOLINT: numbers are used as they are
  TREINO_ALWAYS_INLINE Dual(double number, double derivative) : value(number), slope(derivative) {}

  // By chain and product rule.
  friend TREINO_ALWAYS_INLINE inline Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
  friend TREINO_ALWAYS_INLINE inline Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
  friend TREINO_ALWAYS_INLINE inline Dual operator*(Dual a, Dual b) {
    return {a.value * b.value, a.slope * b.value + a.value * b.slope};
  }
  friend TREINO_ALWAYS_INLINE inline Dual operator/(Dual a, Dual b) {
    const double inverse = 1 / b.value, quotient = a.value * inverse;
    return {quotient, (a.slope - quotient * b.slope) * inverse};
  }
  friend TREINO_ALWAYS_INLINE inline Dual operator-(Dual a) { return {-a.value, -a.slope}; }
  friend TREINO_ALWAYS_INLINE inline bool operator<(Dual a, Dual b) { return a.value < b.value; }
  friend TREINO_ALWAYS_INLINE inline bool operator>(Dual a, Dual b) { return a.value > b.value; }
  friend TREINO_ALWAYS_INLINE inline bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend TREINO_ALWAYS_INLINE inline bool operator>=(Dual a, Dual b) { return a.value >= b.value; }

  friend TREINO_ALWAYS_INLINE inline Dual square(Dual a) { return {a.value * a.value, 2 * a.value * a.slope}; }
  friend TREINO_ALWAYS_INLINE inline Dual sqrt(Dual a) {
    const double root = std::sqrt(a.value);
    return {root, a.slope / (2 * root)};
  }
  friend TREINO_ALWAYS_INLINE inline Dual exp(Dual a) {
    const double power = fast::exp(a.value);
    return {power, power * a.slope};
  }
  friend TREINO_ALWAYS_INLINE inline Dual log(Dual a) { return {fast::log(a.value), a.slope / a.value}; }
  friend TREINO_ALWAYS_INLINE inline Dual log1p(Dual a) { return {fast::log1p(a.value), a.slope / (1 + a.value)}; }
  /// 0 is the slope at 0.
  friend TREINO_ALWAYS_INLINE inline Dual abs(Dual a) { return {std::abs(a.value), fast::sign(a.value) * a.slope}; }
  /// By the standard library's power, which is no vector; square() and sqrt() are.
  friend TREINO_ALWAYS_INLINE inline Dual pow(Dual a, double exponent) {
    return {std::pow(a.value, exponent), exponent == 0 ? 0 : exponent * std::pow(a.value, exponent - 1) * a.slope};
  }
  friend TREINO_ALWAYS_INLINE inline Dual select(bool condition, Dual yes, Dual no) {
    return {fast::select(condition, yes.value, no.value), fast::select(condition, yes.slope, no.slope)};
  }
  /// NaN where one of them is; where they are equal the slope is the mean of both.
  friend TREINO_ALWAYS_INLINE inline Dual min(Dual a, Dual b) {
    const Dual mean{a.value, (a.slope + b.slope) / 2};
    return select((a.value < b.value) | (a.value != a.value), a, select(a.value == b.value, mean, b));
  }
  friend TREINO_ALWAYS_INLINE inline Dual max(Dual a, Dual b) { return -min(-a, -b); }
};

/// A curve whose class says `Number loss(Number prediction, double target) const` for Dual, a template or not, in place of at().
template <class Derived>
struct AutodiffCurve : LossCurve {
  TREINO_ALWAYS_INLINE Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const Dual loss = static_cast<const Derived&>(*this).loss(Dual(prediction, 1), target);
    return {loss.value, loss.slope};
  }
};

}  // namespace sdk0
}  // namespace treino
