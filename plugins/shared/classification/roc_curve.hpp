// How a class and the others are spread over the scores: the points of a ROC curve.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "shared/metrics/sort.hpp"

namespace treino {
inline namespace sdk0 {

/// What is counted where all samples at or above one score are predicted as the class.
struct CurvePoint {
  double true_positives = 0, false_positives = 0;
  double positives = 0, negatives = 0;  // of all samples

  struct Ratio {
    double numerator, denominator;
    double value() const { return denominator == 0 ? 0 : numerator / denominator; }
  };
  double predicted() const { return true_positives + false_positives; }
  Ratio precision() const { return {true_positives, predicted()}; }
  Ratio recall() const { return {true_positives, positives}; }
  Ratio specificity() const { return {negatives - false_positives, negatives}; }
};

/// How much weight the samples of a class and the others have at each score.
class RocCurve {
 public:
  /// Kept scores, one word of sortable() for each sample.
  RocCurve(std::vector<std::uint64_t> positive, std::vector<std::uint64_t> negative)
      : positive_(std::move(positive)), negative_(std::move(negative)) {
    sort_by_number(positive_);
    sort_by_number(negative_);
    for (const std::uint64_t word : positive_) positives_ += static_cast<double>(weight_of(word));
    for (const std::uint64_t word : negative_) negatives_ += static_cast<double>(weight_of(word));
  }
  /// Bins, the lowest scores first; borrowed.
  RocCurve(const double* positive_bins, const double* negative_bins, std::size_t bins)
      : positive_bins_(positive_bins), negative_bins_(negative_bins), bins_(bins) {
    for (std::size_t bin = 0; bin < bins; ++bin) positives_ += positive_bins[bin], negatives_ += negative_bins[bin];
  }

  double positives() const { return positives_; }
  double negatives() const { return negatives_; }

  /// Calls visit(before, here) for each score that occurs, the highest first: the points of the curve above it and at it. The first
  /// `before` is the point above all scores, where nothing is predicted as the class.
  template <class Visit>
  void follow(Visit&& visit) const {
    CurvePoint before{0, 0, positives_, negatives_};
    descend([&](double positive, double negative) {
      CurvePoint here = before;
      here.true_positives += positive;
      here.false_positives += negative;
      visit(before, here);
      before = here;
    });
  }

  /// Calls step(positive, negative) for each score that occurs, the highest first, with the weights of the samples that have it.
  template <class Step>
  void descend(Step&& step) const {
    for (std::size_t bin = bins_; bin-- > 0;)
      if (positive_bins_[bin] != 0 || negative_bins_[bin] != 0) step(positive_bins_[bin], negative_bins_[bin]);
    auto positive = positive_.rbegin(), negative = negative_.rbegin();
    while (positive != positive_.rend() || negative != negative_.rend()) {
      const bool from_positive =
          negative == negative_.rend() || (positive != positive_.rend() && order_of(*positive) > order_of(*negative));
      const std::uint32_t score = order_of(from_positive ? *positive : *negative);
      double positive_weight = 0, negative_weight = 0;
      for (; positive != positive_.rend() && order_of(*positive) == score; ++positive)
        positive_weight += static_cast<double>(weight_of(*positive));
      for (; negative != negative_.rend() && order_of(*negative) == score; ++negative)
        negative_weight += static_cast<double>(weight_of(*negative));
      step(positive_weight, negative_weight);
    }
  }

 private:
  std::vector<std::uint64_t> positive_, negative_;
  const double *positive_bins_ = nullptr, *negative_bins_ = nullptr;
  std::size_t bins_ = 0;
  double positives_ = 0, negatives_ = 0;
};

}  // namespace sdk0
}  // namespace treino
