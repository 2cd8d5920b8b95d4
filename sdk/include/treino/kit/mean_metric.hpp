// For metrics that are a mean over samples of a value that each sample gives: mae, brier, cosine_similarity, ...
//
//   class SquaredError final : public treino::TermMetric<SquaredError> {  // the mean over samples and outputs
//    public:
//     SquaredError() : TermMetric("squared_error", treino::Direction::lower) {}
//     TREINO_ALWAYS_INLINE double term(double prediction, double target) const {
//       return (prediction - target) * (prediction - target);
//     }
//   };
#pragma once
#include <algorithm>
#include <treino/kit/fast_math.hpp>
#include <treino/metric.hpp>

namespace treino {
inline namespace sdk0 {

/// Sum of term(i) over 0 <= i < count, in an order that depends on `count` alone. A term marked TREINO_ALWAYS_INLINE becomes
/// vectors (vector_loops.hpp).
template <class Term>
double sum_of(std::int64_t count, const Term& term) {
  constexpr std::int64_t block = 256;  // terms that stay in the first cache until they are summed
  double sum = 0;
  if (count < 16) {
    for (std::int64_t i = 0; i < count; ++i) sum += term(i);
    return sum;
  }
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    double terms[block];
    for (std::int64_t begin = 0; begin < count; begin += block) {
      const std::int64_t here = std::min(block, count - begin);
      for (std::int64_t i = 0; i < here; ++i) terms[i] = term(begin + i);
      sum += fast::sum(terms, here);
    }
  });
  return sum;
}

/// Throws std::invalid_argument with the fix, naming `metric`, where the target is class indices, or has another width than the
/// model.
inline void expect_values(const Problem& problem, const std::string& metric) {
  if (!problem.target_is_values())
    throw std::invalid_argument(metric +
                                " needs values as target, these are classes: take accuracy or another metric of classes");
  problem.expect_an_output_a_column();
}

/// sum of weight * number / sum of weights; NaN before the first sample. A sample of weight 0 counts for nothing, whatever it
/// holds.
class MeanMetric : public Metric {
 public:
  std::vector<MetricValue> values() const override { return {{name_, direction_}}; }
  void reset() override { sum_ = weights_ = 0; }
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      const std::optional<double> value = number(prediction, target, sample);
      if (!value) continue;
      sum_ += weight * *value;
      weights_ += weight;
    }
  }
  void compute(double* values) const override { *values = finished(sum_ / weights_); }
  void save(Writer& writer) const override {
    writer.write(sum_);
    writer.write(weights_);
  }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    const auto sum = reader.get<double>(), weights = reader.get<double>();
    sum_ = sum;
    weights_ = weights;
  }
  void merge(const MeanMetric& other) {
    sum_ += other.sum_;
    weights_ += other.weights_;
  }

 protected:
  MeanMetric(std::string name, Direction direction) : name_(std::move(name)), direction_(direction) {}
  const std::string& name() const { return name_; }
  /// What one sample gives; nothing where it is to be left out.
  virtual std::optional<double> number(const Matrix<const float>& prediction, const Target& target, std::int64_t sample) = 0;
  /// The metric, from the mean.
  virtual double finished(double mean) const { return mean; }

 private:
  std::string name_;
  Direction direction_;
  double sum_ = 0, weights_ = 0;
};

/// The mean over samples and outputs of a term that prediction and target give. Derived has `double term(double prediction,
/// double target) const`.
template <class Derived>
class TermMetric : public MeanMetric {
 public:
  void prepare(const Problem& problem) override { expect_values(problem, name()); }

 protected:
  using MeanMetric::MeanMetric;
  std::optional<double> number(const Matrix<const float>& prediction, const Target& target, std::int64_t sample) final {
    const float *predicted = prediction.row(sample), *wanted = target.values().row(sample);
    const auto& derived = static_cast<const Derived&>(*this);
    return sum_of(
               prediction.columns(),
               [&](std::int64_t i) { return derived.term(static_cast<double>(predicted[i]), static_cast<double>(wanted[i])); }) /
           static_cast<double>(prediction.columns());
  }
};

}  // namespace sdk0
}  // namespace treino
