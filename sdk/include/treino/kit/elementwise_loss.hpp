// Losses that are one curve: a sample's loss is the mean over its outputs of curve(prediction, target). The plugin writes the
// curve and its slope for one output; ElementwiseLoss does the rest: rows, weights, reduction, missing targets, and vectors
// (vector_loops.hpp).
//
//   struct SquaredError : treino::LossCurve {
//     static constexpr const char* name = "squared_error";
//     explicit SquaredError(const treino::Setup&) {}
//     TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t) const {
//       return {(prediction - target) * (prediction - target), 2 * (prediction - target)};
//     }
//   };
//   using Loss = treino::ElementwiseLoss<SquaredError>;  // TREINO_PLUGIN(Loss, R"toml(...)toml" TREINO_REDUCTION_TOML)
//
// A NaN in the prediction has to come out of at(), so that
// a diverged run is seen: fast::at_least(x, 0.0) keeps it, std::max(0.0, x) does not. Choices are made with fast::select.
#pragma once
#include <algorithm>
#include <cstdio>
#include <treino/kit/fast_math.hpp>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>

namespace treino {
inline namespace sdk0 {

/// Loss of one output, and its derivative by the prediction.
template <class Real>
struct Term {
  Real loss, slope;
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

/// Throws std::domain_error where one of the sample's `count` targets is NaN, infinite or outside lowest .. highest.
TREINO_ALWAYS_INLINE inline void check_targets(const float* targets, std::int64_t count, std::int64_t sample, double lowest,
                                               double highest) {
  constexpr float all = std::numeric_limits<float>::max();
  const float low = lowest < -static_cast<double>(all) ? -all : static_cast<float>(lowest);
  const float high = highest > static_cast<double>(all) ? all : static_cast<float>(highest);
  std::int32_t wrong = 0;
  for (std::int64_t i = 0; i < count; ++i) wrong |= static_cast<std::int32_t>(!((targets[i] >= low) & (targets[i] <= high)));
  if (wrong == 0) return;
  for (std::int64_t i = 0; i < count; ++i)
    if (!(targets[i] >= low && targets[i] <= high))
      detail::refuse_target(sample, static_cast<double>(targets[i]), lowest, highest);
}

/// A sample's targets as a row that is as long as the prediction's, whatever the target is.
class TargetRows {
 public:
  void prepare(const Problem& problem) {
    outputs_ = problem.outputs();
    spread_.assign(static_cast<std::size_t>(outputs_), 0.0f);
  }
  /// A class index becomes that number; a single column stands for every output.
  const float* row(const Target& target, std::int64_t sample) {
    if (!target.is_index() && target.values().columns() == outputs_) return target.values().row(sample);
    std::fill(spread_.begin(), spread_.end(),
              target.is_index() ? static_cast<float>(target.index(sample)) : target.values()(sample, 0));
    return spread_.data();
  }

 private:
  std::int64_t outputs_ = 0;
  std::vector<float> spread_;
};

/// The work of ElementwiseLoss, for losses of several curves: each is a type of its own, so that no choice is left in the loop.
class Elementwise {
 public:
  void prepare(const Problem& problem) {
    targets_.prepare(problem);
    unwanted_.resize(static_cast<std::size_t>(problem.outputs()));
  }
  /// Throws std::domain_error where a target is out of the curve's range. A sample of weight 0 counts for nothing, whatever it
  /// holds.
  template <class Shape>
  LossValue evaluate(const Shape& curve, const Reduction& reduction, const Matrix<const float>& prediction, const Target& target,
                     const Weights& weights, const Matrix<float>& gradient) {
    const std::int64_t samples = prediction.rows(), outputs = prediction.columns();
    const double weight = reduction.weight(samples, weights);
    const double scale = Reduction::scale(weight) / static_cast<double>(outputs);
    double sum = 0;
    with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      for (std::int64_t sample = 0; sample < samples; ++sample) {
        const double sample_weight = static_cast<double>(weights[sample]);
        // One way to the value, with and without a gradient, so that it is the same bit for bit.
        float* slopes = gradient ? gradient.row(sample) : unwanted_.data();
        if (sample_weight == 0) {
          std::fill_n(slopes, outputs, 0.0f);
          continue;
        }
        const float* wanted = targets_.row(target, sample);
        check_targets(wanted, outputs, sample, curve.lowest, curve.highest);
        const double loss = row(curve, prediction.row(sample), wanted, slopes, outputs, scale * sample_weight);
        sum += sample_weight * loss / static_cast<double>(outputs);
      }
    });
    return {sum, weight};
  }

 private:
  template <class Shape>
  TREINO_ALWAYS_INLINE static double row(const Shape& shape, const float* TREINO_RESTRICT predictions,
                                         const float* TREINO_RESTRICT targets, float* TREINO_RESTRICT slopes,
                                         std::int64_t outputs, double scale) {
    using Real = typename Shape::Real;
    const Shape curve = shape;
    const Real factor = static_cast<Real>(scale);
    Real losses[block_of_row];
    double sum = 0;
    for (std::int64_t begin = 0; begin < outputs; begin += block_of_row) {
      const std::int64_t count = std::min(block_of_row, outputs - begin);
      prefetch_ahead(predictions + begin, count);
      prefetch_ahead(targets + begin, count);
      prefetch_ahead(slopes + begin, count);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t output = begin + i;
        const Term<Real> term = curve.at(static_cast<Real>(predictions[output]), static_cast<Real>(targets[output]), output);
        losses[i] = term.loss;
        slopes[output] = fast::normal_or_zero(static_cast<float>(factor * term.slope));
      }
      sum += fast::sum(losses, count);
    }
    return sum;
  }

  TargetRows targets_;
  std::vector<float> unwanted_;
};

template <class Shape>
class ElementwiseLoss : public Loss {
 public:
  explicit ElementwiseLoss(const Setup& setup) : curve_(setup), reduction_(setup) {}
  void prepare(const Problem& problem) override {
    curve_.prepare(problem, Shape::name);
    elementwise_.prepare(problem);
  }
  Takes takes() const override { return curve_.takes(); }
  LossValue evaluate(Matrix<const float> prediction, const Target& target, Weights weights, Matrix<float> gradient) override {
    return elementwise_.evaluate(curve_, reduction_, prediction, target, weights, gradient);
  }

 private:
  Shape curve_;
  Reduction reduction_;
  Elementwise elementwise_;
};

}  // namespace sdk0
}  // namespace treino
