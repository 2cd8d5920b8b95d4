// For metrics of probabilities (perplexity, brier, calibration_error, ...): what a row of outputs says about each class.
#pragma once
#include "shared/classification/predictions.hpp"

namespace treino {
inline namespace sdk0 {

/// The part of a sample that is of a class: 0 or 1, or what a row of the target says, of which a single column is that of
/// class 1. A class beyond the target's columns, which a wider model may have, has no part.
inline double part_of(const Target& target, std::int64_t sample, std::int64_t label) {
  if (target.is_index()) return target.index(sample) == label ? 1 : 0;
  const float* row = target.values().row(sample);
  const std::int64_t columns = target.values().columns();
  if (columns > 1) return label < columns ? static_cast<double>(row[label]) : 0;
  return label == 1 ? static_cast<double>(row[0]) : 1 - static_cast<double>(row[0]);
}

class Probabilities {
 public:
  /// Throws std::invalid_argument with the fix, naming `metric`, where the outputs are no probabilities and cannot be made ones,
  /// or are of other classes than the target.
  void prepare(const Problem& problem, const std::string& metric) {
    if (problem.target_is_values()) {
      problem.expect_an_output_a_column();
    } else {
      expect_classes(problem, metric);
    }
    if (problem.predicts_values())
      throw std::invalid_argument(metric +
                                  " needs probabilities, and the outputs are plain values: end the model with softmax or " +
                                  "sigmoid, or take a loss of logits such as cross_entropy");
    logits_ = problem.predicts_logits();
    single_ = problem.outputs() == 1;
    choice_ = !single_ && !problem.independent();
    probabilities_.resize(static_cast<std::size_t>(std::max<std::int64_t>(2, problem.outputs())));
    outputs_ = problem.outputs();
  }
  std::int64_t classes() const { return static_cast<std::int64_t>(probabilities_.size()); }
  /// One choice among classes, with probabilities that add up to 1.
  bool choice() const { return choice_ || single_; }

  /// Throws std::invalid_argument with the fix where the outputs are questions of their own.
  void expect_choice(const std::string& metric) const {
    if (!choice())
      throw std::invalid_argument(metric + " is of one choice among classes, and these outputs are independent questions: take " +
                                  "brier, or a softmax and the loss cross_entropy");
  }

  /// Before the first of() and log_of() of a sample.
  void look_at(const float* row) {
    row_ = row;
    if (single_) {
      const auto value = static_cast<double>(row[0]);
      probabilities_[1] = logits_ ? sigmoid(value) : value;
      probabilities_[0] = logits_ ? sigmoid(-value) : 1 - value;
    } else if (!logits_ || !choice_) {
      for (std::int64_t i = 0; i < outputs_; ++i)
        probabilities_[static_cast<std::size_t>(i)] =
            logits_ ? sigmoid(static_cast<double>(row[i])) : static_cast<double>(row[i]);
    } else {
      softmax();
    }
  }
  double of(std::int64_t label) const { return probabilities_[static_cast<std::size_t>(label)]; }
  /// The natural logarithm; of logits also where the probability itself is too small for a number, else of `floor` at least.
  double log_of(std::int64_t label, double floor) const {
    if (!logits_) return std::log(std::max(of(label), floor));
    if (choice_) return static_cast<double>(row_[label]) - log_sum_;
    const double value = single_ ? (label == 1 ? 1 : -1) * static_cast<double>(row_[0]) : static_cast<double>(row_[label]);
    return std::min(value, 0.0) - std::log1p(std::exp(-std::abs(value)));
  }

 private:
  static double sigmoid(double value) {
    const double power = std::exp(-std::abs(value));  // at most 1
    return value >= 0 ? 1 / (1 + power) : power / (1 + power);
  }
  void softmax() {
    const auto most = static_cast<double>(row_[largest(row_, outputs_)]);
    double sum = 0;
    with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
      const float* row = row_;
      double* powers = probabilities_.data();
      for (std::int64_t i = 0; i < outputs_; ++i) powers[i] = fast::exp(static_cast<double>(row[i]) - most);
      sum = fast::sum(powers, outputs_);
      for (std::int64_t i = 0; i < outputs_; ++i) powers[i] /= sum;
    });
    log_sum_ = most + std::log(sum);
  }

  bool logits_ = false, single_ = false, choice_ = false;
  std::int64_t outputs_ = 0;
  const float* row_ = nullptr;
  double log_sum_ = 0;
  std::vector<double> probabilities_;
};

}  // namespace sdk0
}  // namespace treino
