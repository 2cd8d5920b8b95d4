// Weighted means, variances and covariance of pairs, for metrics that compare predictions with targets. Needs Eigen.
#pragma once
#include <Eigen/Core>
#include <limits>
#include <treino/state.hpp>

namespace treino {
inline namespace sdk0 {

/// Pairs are added one by one (Welford) and merged (Chan, Golub, LeVeque 1979): exact also where the values are far from 0.
/// Divided by the sum of weights, not by one less.
class Moments {
 public:
  /// Of x and of y.
  using Pair = Eigen::Array<double, 2, 1, Eigen::DontAlign>;

  void clear() { *this = Moments(); }
  void add(double x, double y, double weight) {
    // Element by element: each step waits for the one before, and two side by side take a third longer.
    weight_ += weight;
    const double from_x = x - mean_.x(), from_y = y - mean_.y(), part = weight / weight_;
    mean_.x() += part * from_x;
    mean_.y() += part * from_y;
    squares_.x() += weight * from_x * (x - mean_.x());
    squares_.y() += weight * from_y * (y - mean_.y());
    product_ += weight * from_x * (y - mean_.y());
  }
  void merge(const Moments& other) {
    if (other.weight_ == 0) return;
    const double all = weight_ + other.weight_;
    const Pair from = other.mean_ - mean_, weighted = weight_ * (other.weight_ / all) * from;
    squares_ += other.squares_ + weighted * from;
    product_ += other.product_ + weighted.x() * from.y();
    mean_ += other.weight_ / all * from;
    weight_ = all;
  }
  void save(Writer& writer) const {
    for (const double number : {weight_, mean_.x(), mean_.y(), squares_.x(), squares_.y(), product_}) writer.write(number);
  }
  void load(Reader& reader) {
    for (double* number : {&weight_, &mean_.x(), &mean_.y(), &squares_.x(), &squares_.y(), &product_}) reader.read(*number);
  }

  const Pair& mean() const { return mean_; }
  Pair variance() const { return squares_ / weight_; }
  double covariance() const { return product_ / weight_; }
  /// Pearson's coefficient; NaN where x or y does not vary.
  double correlation() const {
    if ((squares_ == 0).any()) return std::numeric_limits<double>::quiet_NaN();
    return product_ / squares_.sqrt().prod();
  }

 private:
  double weight_ = 0;
  Pair mean_ = Pair::Zero(), squares_ = Pair::Zero();
  double product_ = 0;
};

}  // namespace sdk0
}  // namespace treino
