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
// A NaN in the prediction has to come out of at(), so that a diverged run is seen: fast::at_least(x, 0.0) keeps it,
// std::max(0.0, x) does not. Choices are made with fast::select.
//
// loss_curve.hpp says what else a curve may have, for speed.
#pragma once
#include <algorithm>
#include <treino/kit/loss_curve.hpp>
#include <treino/kit/reduction.hpp>
#include <treino/loss.hpp>
#include <utility>

namespace treino {
inline namespace sdk0 {

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
        const double loss = row(curve, prediction.row(sample), wanted, slopes, outputs, sample, scale * sample_weight);
        sum += sample_weight * loss / static_cast<double>(outputs);
      }
    });
    return {sum, weight};
  }

 private:
  template <class Shape>
  TREINO_ALWAYS_INLINE static double row(const Shape& shape, const float* predictions, const float* targets, float* slopes,
                                         std::int64_t outputs, std::int64_t sample, double scale) {
    const Shape curve = shape;
    constexpr double large = 1e150;  // times two for each output of a block it is no more than a double holds
    double sum = 0, more = 0;
    for (std::int64_t begin = 0; begin < outputs; begin += block_of_row) {
      const std::int64_t count = std::min(block_of_row, outputs - begin);
      prefetch_across_pages(predictions + begin, count);
      prefetch_across_pages(targets + begin, count);
      prefetch_across_pages(slopes + begin, count);
      const detail::Sum block =
          detail::sum_of_block(curve, {predictions + begin, targets + begin, slopes + begin, begin, count, sample, scale});
      sum += block.sum;
      more = fast::product_above_one(more, block.more);
      if (more > large) sum += fast::log1p(std::exchange(more, 0.0));
    }
    return sum + fast::log1p(more);
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
