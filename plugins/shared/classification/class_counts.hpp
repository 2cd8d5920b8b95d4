// What metrics of classifiers count: predictions and true positives by class.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/classification/predictions.hpp"

namespace treino {
inline namespace sdk0 {

/// Weighted counts of a classifier's answers.
class ClassCounts {
 public:
  struct Counts {
    double hits = 0;       // answered so and right
    double predicted = 0;  // answered so
    double actual = 0;     // are so
    double all = 0;        // were asked whether they are so
  };

  explicit ClassCounts(std::optional<double> threshold, std::optional<std::int64_t> top_k = std::nullopt)
      : answers_to_(threshold, top_k) {}

  /// Throws std::invalid_argument with the fix, naming `metric`, where this is no classification or a parameter means nothing.
  void prepare(const Problem& problem, const std::string& metric) {
    answers_to_.prepare(problem, metric);
    counts_.resize(static_cast<std::size_t>(answers_to_.classes()));
    reset();
  }

  void expect_one_class(const std::string& metric) const { answers_to_.expect_one(metric); }

  std::int64_t classes() const { return static_cast<std::int64_t>(counts_.size()); }
  const std::string& class_name(std::int64_t label) const { return answers_to_.class_name(label); }
  bool binary() const { return answers_to_.binary(); }
  bool together() const { return answers_to_.together(); }
  Counts of(std::int64_t label) const {
    Counts counts = counts_[static_cast<std::size_t>(label)];
    counts.all = together() ? answers_ / static_cast<double>(classes()) : answers_;
    return counts;
  }
  double right() const { return right_; }
  double answers() const { return answers_; }
  /// Sums over all classes.
  Counts sum() const {
    Counts all;
    for (std::int64_t label = 0; label < classes(); ++label) {
      const Counts one = of(label);
      all = {all.hits + one.hits, all.predicted + one.predicted, all.actual + one.actual, all.all + one.all};
    }
    return all;
  }

  void reset() {
    std::fill(counts_.begin(), counts_.end(), Counts());
    right_ = answers_ = 0;
  }
  /// A sample of weight 0 counts for nothing. Throws std::domain_error where a target is no class.
  void update(const Matrix<const float>& prediction, const Target& target, const Weights& weights) {
    if (answers_to_.largest_of_few()) return update_few(prediction, target, weights);
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      const float* row = prediction.row(sample);
      if (together()) {
        count_together(row, target.values().row(sample), weight);
      } else {
        count_choice(row, class_of(target, sample, classes()), weight);
      }
    }
  }
  void merge(const ClassCounts& other) {
    if (other.counts_.size() != counts_.size()) throw std::runtime_error("counts of another number of classes cannot be added");
    for (std::size_t label = 0; label < counts_.size(); ++label) {
      counts_[label].hits += other.counts_[label].hits;
      counts_[label].predicted += other.counts_[label].predicted;
      counts_[label].actual += other.counts_[label].actual;
    }
    right_ += other.right_;
    answers_ += other.answers_;
  }
  void save(Writer& writer) const {
    std::vector<double> numbers{right_, answers_};
    for (const Counts& counts : counts_) numbers.insert(numbers.end(), {counts.hits, counts.predicted, counts.actual});
    writer.write(numbers);
  }
  void load(Reader& reader) {
    const auto numbers = reader.get<std::vector<double>>();
    if (numbers.size() != 2 + 3 * counts_.size()) throw std::runtime_error("the saved counts are of another number of classes");
    right_ = numbers[0];
    answers_ = numbers[1];
    for (std::size_t label = 0; label < counts_.size(); ++label)
      counts_[label] = {numbers[2 + 3 * label], numbers[3 + 3 * label], numbers[4 + 3 * label], 0};
  }

 private:
  void update_few(const Matrix<const float>& prediction, const Target& target, const Weights& weights) {
    SampleTile rows;
    SampleTile::Largest answers;
    for (std::int64_t first = 0; first < prediction.rows(); first += samples_side_by_side) {
      with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
        rows.take(prediction, first);
        answers = rows.largest(prediction.columns());
      });
      // Without branches: whether an answer is right cannot be foretold.
      const std::int64_t count = std::min(samples_side_by_side, prediction.rows() - first);
      double right = 0, all = 0;
      for (std::int64_t s = 0; s < count; ++s) {
        const double weight = static_cast<double>(weights[first + s]);
        if (weight == 0) continue;
        const std::int64_t actual = class_of(target, first + s, classes()), answer = answers.column[s];
        const double hit = fast::select(answer == actual, weight, 0.0);
        counts_[static_cast<std::size_t>(answer)].predicted += weight;
        counts_[static_cast<std::size_t>(actual)].actual += weight;
        counts_[static_cast<std::size_t>(actual)].hits += hit;
        right += hit;
        all += weight;
      }
      right_ += right;
      answers_ += all;
    }
  }
  void count_choice(const float* row, std::int64_t actual, double weight) {
    count_actual(actual, weight);
    if (!answers_to_.top_k()) return count_answer(answers_to_.answer(row), actual, weight);
    const std::int64_t* best = answers_to_.best(row);
    const std::int64_t answered = answers_to_.answered(row);
    for (std::int64_t i = 0; i < answered; ++i) count_answer(best[i], actual, weight);
  }
  void count_actual(std::int64_t actual, double weight) {
    counts_[static_cast<std::size_t>(actual)].actual += weight;
    answers_ += weight;
  }
  void count_answer(std::int64_t answer, std::int64_t actual, double weight) {
    Counts& counts = counts_[static_cast<std::size_t>(answer)];
    counts.predicted += weight;
    if (answer != actual) return;
    counts.hits += weight;
    right_ += weight;
  }
  void count_together(const float* row, const float* target, double weight) {
    if (!answers_to_.top_k()) {
      for (std::int64_t label = 0; label < classes(); ++label)
        count_question(label, answers_to_.yes(row, label), target[label] > 0.5f, weight);
      return;
    }
    const std::int64_t* best = answers_to_.best(row);
    const std::int64_t answered = answers_to_.answered(row);
    for (std::int64_t place = 0; place < classes(); ++place) {
      const std::int64_t label = best[place];
      count_question(label, place<answered, target[label]> 0.5f, weight);
    }
  }
  void count_question(std::int64_t label, bool answer, bool actual, double weight) {
    Counts& counts = counts_[static_cast<std::size_t>(label)];
    if (answer) counts.predicted += weight;
    if (actual) counts.actual += weight;
    if (answer && actual) counts.hits += weight;
    if (answer == actual) right_ += weight;
    answers_ += weight;
  }

  Answers answers_to_;
  double right_ = 0, answers_ = 0;
  std::vector<Counts> counts_;
};

}  // namespace sdk0
}  // namespace treino
