// How far to go along a direction: J. Nocedal, S. Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6.
#pragma once
#include <algorithm>
#include <cmath>

namespace treino::lbfgs {

/// A step's length, and the loss and its derivative along the direction there.
struct Point {
  double length = 0, loss = 0, slope = 0;

  bool is_finite() const { return std::isfinite(loss) && std::isfinite(slope); }
};

/// Where the cubic through two points with their slopes is least; their middle, where it is nowhere well between them.
inline double cubic_minimum(const Point& a, const Point& b) {
  const double middle = 0.5 * (a.length + b.length);
  if (!a.is_finite() || !b.is_finite()) return middle;
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length);
  const double root = d1 * d1 - a.slope * b.slope;
  if (!(root >= 0)) return middle;
  const double d2 = std::copysign(std::sqrt(root), b.length - a.length);
  const double least = b.length - (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const double margin = 0.1 * std::abs(b.length - a.length);
  const double low = std::min(a.length, b.length) + margin, high = std::max(a.length, b.length) - margin;
  return least >= low && least <= high ? least : middle;
}

/// `at(length)` moves there and returns the point; a loss that is not finite counts as too high.
template <class At>
class StrongWolfe {
 public:
  /// `start`: length 0. `evaluations`: how often `at` may be called. Lengths that differ by less than `resolution` are one.
  StrongWolfe(const Point& start, int evaluations, double resolution, At at)
      : start_(start), left_(evaluations), resolution_(resolution), at_(at) {}

  /// Returns a length that meets the strong Wolfe conditions; where `evaluations` do not suffice, the best one that decreases the loss
  /// enough, or 0. The weights are at that length then.
  Point find(double length) {
    Point before = start_;
    while (left_ > 0) {
      const Point here = evaluate(length);
      if (!decreases(here) || (before.length > 0 && here.loss >= before.loss)) return zoom(before, here);
      if (is_flat(here)) return here;
      if (here.slope >= 0) return zoom(here, before);
      before = here;
      length *= 2;
    }
    return settle(before);
  }

  int evaluations_left() const { return left_; }

 private:
  static constexpr double sufficient_decrease = 1e-4, curvature = 0.9;

  bool decreases(const Point& point) const {
    return point.is_finite() && point.loss <= start_.loss + sufficient_decrease * point.length * start_.slope;
  }
  bool is_flat(const Point& point) const { return std::abs(point.slope) <= curvature * std::abs(start_.slope); }

  Point evaluate(double length) {
    --left_;
    last_ = at_(length);
    return last_;
  }

  /// Between `low`, the best so far that decreases enough, and `high`.
  Point zoom(Point low, Point high) {
    while (left_ > 0 && std::abs(high.length - low.length) > resolution_) {
      const Point here = evaluate(cubic_minimum(low, high));
      if (!decreases(here) || here.loss >= low.loss) {
        high = here;
        continue;
      }
      if (is_flat(here)) return here;
      if (here.slope * (high.length - low.length) >= 0) high = low;
      low = here;
    }
    return settle(low);
  }

  /// Weights and gradients are those of the last evaluation: of another one, they are computed again.
  Point settle(const Point& best) {
    if (last_.length != best.length) last_ = at_(best.length);
    return last_;
  }

  const Point start_;
  int left_;
  const double resolution_;
  At at_;
  Point last_ = start_;
};

}  // namespace treino::lbfgs
