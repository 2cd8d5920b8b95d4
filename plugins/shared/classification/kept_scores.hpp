// Scores that are kept one by one, so that a metric of their order is exact.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <treino/state.hpp>
#include <utility>
#include <vector>

#include "shared/classification/roc_curve.hpp"

namespace treino {
inline namespace sdk0 {

struct KeptScores {
  std::vector<float> scores;          // samples x columns
  std::vector<std::uint8_t> answers;  // samples x columns: whether the sample is of the column's class
  std::vector<float> weights;         // samples

  void clear() {
    scores.clear();
    answers.clear();
    weights.clear();
  }
  /// False, and the score is 0, where it is NaN.
  bool add(float score, bool answer) {
    const bool defined = !std::isnan(score);
    scores.push_back(defined ? score : 0);
    answers.push_back(answer);
    return defined;
  }
  void merge(const KeptScores& other) {
    append(scores, other.scores);
    append(answers, other.answers);
    append(weights, other.weights);
  }
  /// The scores from `begin` on, each `step`th, of so many columns.
  RocCurve curve(std::size_t begin, std::size_t step, std::size_t columns) const {
    std::vector<std::uint64_t> positive, negative;
    positive.reserve(scores.size() / step);
    negative.reserve(scores.size() / step);
    for (std::size_t i = begin; i < scores.size(); i += step)
      (answers[i] != 0 ? positive : negative).push_back(sortable(scores[i], weights[i / columns]));
    return {std::move(positive), std::move(negative)};
  }

  void save(Writer& writer) const {
    writer.write(scores);
    writer.write(answers);
    writer.write(weights);
  }
  static KeptScores load(Reader& reader) {
    KeptScores kept;
    reader.read(kept.scores);
    reader.read(kept.answers);
    reader.read(kept.weights);
    return kept;
  }
  bool has_columns(std::size_t columns) const {
    return scores.size() == answers.size() && scores.size() == weights.size() * columns;
  }

 private:
  template <class T>
  static void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }
};

}  // namespace sdk0
}  // namespace treino
