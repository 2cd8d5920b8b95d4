// Derivatives that come with dual numbers, against those worked out by hand.
#include <cmath>
#include <limits>
#include <random>
#include <treino/kit/dual.hpp>

#include "support/catch.hpp"

namespace {

using treino::Dual;

constexpr double points[] = {-2.5, -1, -0.3, 0.2, 0.5, 1, 1.75, 3};

/// At x, of which the derivative by x is 1.
void check(double x, const Dual& found, double value, double slope) {
  CAPTURE(x);
  CHECK(found.value == Approx(value).epsilon(1e-14).margin(1e-15));
  CHECK(found.slope == Approx(slope).epsilon(1e-14).margin(1e-15));
}

/// A loss of one output with its derivative worked out by hand.
template <class Derived>
struct ByHand : treino::LossCurve {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double p, double y, std::int64_t /*output*/) const { return Derived::term(p, y); }
};

struct PseudoHuber : treino::AutodiffCurve<PseudoHuber> {
  template <class Number>
  TREINO_ALWAYS_INLINE Number loss(Number prediction, double target) const {
    const Number error = (prediction - target) / 1.5;
    return 2.25 * (sqrt(1 + square(error)) - 1);
  }
};
struct PseudoHuberByHand : ByHand<PseudoHuberByHand> {
  TREINO_ALWAYS_INLINE static treino::Term<double> term(double p, double y) {
    const double error = (p - y) / 1.5, root = std::sqrt(1 + error * error);
    return {2.25 * (root - 1), 1.5 * error / root};
  }
};

struct Asymmetric : treino::AutodiffCurve<Asymmetric> {
  TREINO_ALWAYS_INLINE Dual loss(Dual prediction, double target) const {
    const Dual error = prediction - target;
    return select(error < 0, 3 * square(error), abs(error));
  }
};
struct AsymmetricByHand : ByHand<AsymmetricByHand> {
  TREINO_ALWAYS_INLINE static treino::Term<double> term(double p, double y) {
    return p < y ? treino::Term<double>{3 * (p - y) * (p - y), 6 * (p - y)} : treino::Term<double>{p - y, 1};
  }
};

struct BinaryCrossEntropy : treino::AutodiffCurve<BinaryCrossEntropy> {
  template <class Number>
  TREINO_ALWAYS_INLINE Number loss(Number logit, double target) const {
    return max(logit, Number(0)) - logit * target + log1p(exp(-abs(logit)));
  }
};
struct BinaryCrossEntropyByHand : ByHand<BinaryCrossEntropyByHand> {
  static treino::Term<double> term(double p, double y) { return {std::log1p(std::exp(p)) - p * y, 1 / (1 + std::exp(-p)) - y}; }
};

struct Result {
  treino::LossValue value;
  std::vector<float> gradient;
};

constexpr std::int64_t samples = 5, outputs = 300;

template <class Curve>
Result evaluate(const std::vector<float>& prediction, const std::vector<float>& target, const std::vector<float>& weights) {
  treino_parameter mean{"reduction", {}};
  mean.value.type = TREINO_TEXT;
  mean.value.count = 4;
  mean.value.as.text = "mean";
  const treino_problem facts{
      sizeof(treino_problem), TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, 0, outputs, 0, samples, nullptr, outputs};
  treino::Elementwise elementwise;
  elementwise.prepare(treino::Problem(facts));
  Result result{{}, std::vector<float>(prediction.size())};
  result.value = elementwise.evaluate(Curve(), treino::Reduction(treino::Setup(nullptr, &mean, 1)),
                                      {prediction.data(), samples, outputs, outputs},
                                      treino::Target(treino::Matrix<const float>(target.data(), samples, outputs, outputs)),
                                      treino::Weights(weights.data()), {result.gradient.data(), samples, outputs, outputs});
  return result;
}

template <class Derived, class Hand>
void check_curves() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-3, 3);
  std::vector<float> prediction(samples * outputs), target(samples * outputs);
  for (float& value : prediction) value = uniform(random);
  for (float& value : target) value = uniform(random);
  const std::vector<float> weights{1, 0, 2, 0.5f, 1};
  const Result found = evaluate<Derived>(prediction, target, weights), expected = evaluate<Hand>(prediction, target, weights);
  CHECK(found.value.sum == Approx(expected.value.sum).epsilon(1e-13));
  for (std::size_t i = 0; i < prediction.size(); ++i)
    CHECK(static_cast<double>(found.gradient[i]) ==
          Approx(static_cast<double>(expected.gradient[i])).epsilon(1e-6).margin(1e-12));
}

}  // namespace

TEST_CASE("arithmetic of duals has the derivatives of sum, product and chain rule") {
  for (const double x : points) {
    const Dual d(x, 1);
    check(x, 3 * d + d - 1, 4 * x - 1, 4);
    check(x, d * d * d, x * x * x, 3 * x * x);
    check(x, -d * (2 - d), -x * (2 - x), 2 * x - 2);
    check(x, 2 / d, 2 / x, -2 / (x * x));
    check(x, (d + 4) / (d * d + 1), (x + 4) / (x * x + 1), (1 - 8 * x - x * x) / ((x * x + 1) * (x * x + 1)));
    check(x, Dual(7) * 2, 14, 0);
  }
}

TEST_CASE("functions of duals have the derivatives that are in tables") {
  for (const double x : points) {
    const Dual d(x, 1);
    check(x, square(3 * d), 9 * x * x, 18 * x);
    check(x, sqrt(square(d) + 2), std::sqrt(x * x + 2), x / std::sqrt(x * x + 2));
    check(x, exp(2 * d), std::exp(2 * x), 2 * std::exp(2 * x));
    check(x, log(d * d + 0.5), std::log(x * x + 0.5), 2 * x / (x * x + 0.5));
    check(x, log1p(d * d), std::log1p(x * x), 2 * x / (1 + x * x));
    check(x, abs(3 * d), 3 * std::abs(x), x < 0 ? -3 : 3);
    check(x, pow(d * d + 1, 1.5), std::pow(x * x + 1, 1.5), 3 * x * std::sqrt(x * x + 1));
    check(x, pow(d, 0), 1, 0);
    check(x, min(d, Dual(0.3)), std::min(x, 0.3), x < 0.3 ? 1 : 0);
    check(x, max(2 * d, d * d), std::max(2 * x, x * x), 2 * x > x * x ? 2 : 2 * x);
  }
}

TEST_CASE("at corners slopes are the mean of both sides, and NaN is kept") {
  const Dual zero(0, 1);
  check(0, abs(zero), 0, 0);
  check(0, max(zero, Dual(0)), 0, 0.5);
  check(0, min(zero, Dual(0)), 0, 0.5);
  const Dual nan(std::numeric_limits<double>::quiet_NaN(), 1);
  for (const Dual& one :
       {min(nan, Dual(0)), min(Dual(0), nan), max(nan, Dual(0)), max(Dual(0), nan), abs(nan), exp(nan), log(nan)})
    CHECK(std::isnan(one.value));
}

TEST_CASE("the side of select that is not chosen counts for nothing, in value and slope") {
  const Dual x(-1, 1), root = sqrt(x);
  CHECK(std::isnan(root.slope));
  check(-1, select(x > 0, root, 2 * x), -2, 2);
  check(-1, select(x <= 0, 2 * x, root), -2, 2);
  CHECK(!(x >= 0));
}

TEST_CASE("losses without a derivative are those with one worked out by hand") {
  check_curves<PseudoHuber, PseudoHuberByHand>();
  check_curves<Asymmetric, AsymmetricByHand>();
  check_curves<BinaryCrossEntropy, BinaryCrossEntropyByHand>();
}
