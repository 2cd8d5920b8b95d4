// A classifier's outputs as scores that order the samples of a class.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <treino/kit/fast_math.hpp>
#include <vector>

#include "shared/classification/predictions.hpp"
#include "shared/losses/softmax.hpp"

namespace treino {
inline namespace sdk0 {

/// What the model scores a sample for a class: the output itself; of logits of a choice the class' log-odds, which order the
/// samples as its probability does, and still do where that is 1 to the last bit. Margins (predicts_margins) are taken as logits.
class Scores {
 public:
  void prepare(const Problem& problem, const std::string& metric) {
    expect_classes(problem, metric);
    logits_ = problem.predicts_logits() || predicts_margins(problem);
    const bool choice = logits_ && !problem.independent();
    two_ = choice && problem.outputs() == 2;
    choice_ = choice && problem.outputs() > 2;
    single_ = problem.outputs() == 1;
    powers_.resize(choice_ ? static_cast<std::size_t>(problem.outputs()) : 0);
  }
  /// Before the first of() of a sample.
  void look_at(const float* row) {
    row_ = row;
    if (!choice_) return;
    const auto count = static_cast<std::int64_t>(powers_.size());
    top_ = largest(row, count);
    second_ = -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < count; ++i)
      if (i != top_) second_ = std::max(second_, static_cast<double>(row[i]));
    others_ = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      powers_[static_cast<std::size_t>(i)] = std::exp(static_cast<double>(row[i]) - second_);
      if (i != top_) others_ += powers_[static_cast<std::size_t>(i)];
    }
  }
  float of(std::int64_t label) const {
    if (single_ || two_) return of(row_, label);
    if (!choice_) return row_[label];
    const auto output = static_cast<double>(row_[label]);
    if (label == top_) return static_cast<float>(output - second_ - std::log(others_));
    // log(sum over the other classes): the largest one's power may be infinite here, so it is taken out.
    const double top = static_cast<double>(row_[top_]);
    const double rest = (others_ - powers_[static_cast<std::size_t>(label)]) * std::exp(second_ - top);
    return static_cast<float>(output - top - std::log1p(std::max(rest, 0.0)));
  }
  /// That of one class for many samples.
  TREINO_ALWAYS_INLINE void parts_of_one(const Matrix<const float>& prediction, std::int64_t begin, std::int64_t rows,
                                         std::int64_t label, double* TREINO_RESTRICT to) {
    if (choice_) {
      for (std::int64_t row = 0; row < rows; ++row) parts(prediction.row(begin + row), label, label + 1, to + row);
      return;
    }
    const float* TREINO_RESTRICT outputs = prediction.row(begin);
    const std::int64_t stride = prediction.row_stride();
    if (single_ && label == 1 && stride == 1) {
      for (std::int64_t row = 0; row < rows; ++row) to[row] = static_cast<double>(outputs[row]);
    } else {
      const bool pair = single_ || two_;
      for (std::int64_t row = 0; row < rows; ++row)
        to[row] = static_cast<double>(pair ? of(outputs + row * stride, label) : outputs[row * stride + label]);
    }
    for (std::int64_t row = 0; logits_ && row < rows; ++row) to[row] = 1 / (1 + fast::exp(-to[row]));
  }
  /// The scores of the classes first .. last - 1 as parts of 1: of logits their sigmoid, of a choice the classes' probabilities.
  TREINO_ALWAYS_INLINE void parts(const float* row, std::int64_t first, std::int64_t last, double* TREINO_RESTRICT to) {
    if (choice_) {
      const auto outputs = static_cast<std::int64_t>(powers_.size());
      const double* TREINO_RESTRICT powers = powers_.data();
      const double scale = 1 / softmax(row, outputs, powers_.data()).denominator;
      for (std::int64_t label = first; label < last; ++label) to[label - first] = powers[label] * scale;
      return;
    }
    if (single_ || two_) {
      for (std::int64_t label = first; label < last; ++label) to[label - first] = part(of(row, label));
      return;
    }
    for (std::int64_t label = first; label < last; ++label)
      to[label - first] = logits_ ? part(row[label]) : static_cast<double>(row[label]);
  }

 private:
  TREINO_ALWAYS_INLINE double part(float score) const {
    const auto value = static_cast<double>(score);
    return logits_ ? 1 / (1 + fast::exp(-value)) : value;
  }
  /// Of one output, or of the two of a choice.
  TREINO_ALWAYS_INLINE float of(const float* row, std::int64_t label) const {
    if (single_) return label == 1 ? row[0] : logits_ ? -row[0] : 1 - row[0];
    return label == 1 ? row[1] - row[0] : row[0] - row[1];
  }

  bool logits_ = false, two_ = false, choice_ = false, single_ = false;
  const float* row_ = nullptr;
  std::int64_t top_ = 0;
  double second_ = 0, others_ = 0;  // second largest output; sum over all but the largest of exp(output - second_)
  std::vector<double> powers_;
};

}  // namespace sdk0
}  // namespace treino
