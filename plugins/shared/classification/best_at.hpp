// For metrics that are the best of one ratio where another one is good enough, such as recall at a given precision.
#pragma once
#include "shared/classification/ranking_curve.hpp"

namespace treino {
inline namespace sdk0 {

/// sum >= least, where sums of weights may have lost their last digits.
inline bool reaches(double sum, double least) { return sum >= least - 1e-12 * std::abs(least); }

/// The best of one ratio over all thresholds at which another one is at least a given number, whose parameter is `least`.
class BestAtMetric : public CurveMetric {
 protected:
  using Ratio = CurvePoint::Ratio (CurvePoint::*)() const;
  BestAtMetric(const Setup& setup, std::string name, Ratio best, const char* least, Ratio constrained)
      : CurveMetric(setup, std::move(name)), best_(best), constrained_(constrained), least_(setup.get<double>(least)) {}

  /// Nothing where one of the ratios is 0/0 even where all samples are predicted as the class; 0 where no threshold is good enough.
  std::optional<double> value(const RocCurve& curve) const override {
    const double positives = curve.positives(), negatives = curve.negatives();
    const CurvePoint everything{positives, negatives, positives, negatives}, nothing{0, 0, positives, negatives};
    if ((everything.*best_)().denominator == 0 || (everything.*constrained_)().denominator == 0) return std::nullopt;
    double best = 0;
    const auto consider = [&](const CurvePoint& point) {
      const CurvePoint::Ratio constrained = (point.*constrained_)();
      if (reaches(constrained.numerator, least_ * constrained.denominator)) best = std::max(best, (point.*best_)().value());
    };
    consider(nothing);
    curve.follow([&](const CurvePoint&, const CurvePoint& here) { consider(here); });
    return best;
  }

 private:
  Ratio best_, constrained_;
  double least_;
};

}  // namespace sdk0
}  // namespace treino
