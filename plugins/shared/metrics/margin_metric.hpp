// For metrics of margins (hinge, squared_hinge): how much the right answer falls short of a lead of 1.
#pragma once
#include <treino/kit/mean_metric.hpp>

#include "shared/classification/predictions.hpp"

namespace treino {
inline namespace sdk0 {

/// The mean over samples of Cost{}(margin). The margin of classes is the output of the right one less the largest other; of one
/// output that output, its sign changed for class 0; of values, of which the mean over outputs is taken, likewise by the target's
/// sign.
template <class Cost>
class MarginMetric : public MeanMetric {
 public:
  void prepare(const Problem& problem) override {
    if (problem.target_is_values()) {
      problem.expect_an_output_a_column();
    } else {
      expect_classes(problem, name());
    }
    values_ = problem.target_is_values();
  }

 protected:
  using MeanMetric::MeanMetric;
  std::optional<double> number(const Matrix<const float>& prediction, const Target& target, std::int64_t sample) override {
    const Cost cost{};
    const float* row = prediction.row(sample);
    const std::int64_t outputs = prediction.columns();
    if (values_) {
      const float* wanted = target.values().row(sample);
      return sum_of(outputs, [=](std::int64_t i) { return cost(wanted[i] > 0 ? row[i] : -row[i]); }) /
             static_cast<double>(outputs);
    }
    const std::int64_t label = class_of(target, sample, std::max<std::int64_t>(2, outputs));
    if (outputs == 1) return cost(label == 1 ? row[0] : -row[0]);
    double others = -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < outputs; ++i)
      if (i != label) others = std::max(others, static_cast<double>(row[i]));
    return cost(static_cast<double>(row[label]) - others);
  }

 private:
  bool values_ = false;
};

}  // namespace sdk0
}  // namespace treino
