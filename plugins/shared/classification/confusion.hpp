// For metrics of which class was taken for which: the whole table of answers.
#pragma once
#include "shared/classification/predictions.hpp"

namespace treino {
inline namespace sdk0 {

/// Weighted counts by class and answer: derive, say values() and compute().
class ConfusionMetric : public Metric {
 public:
  void prepare(const Problem& problem) override {
    answers_.prepare(problem, name_);
    answers_.expect_one(name_);
    counts_.assign(static_cast<std::size_t>(answers_.classes() * answers_.classes()), 0);
  }
  void reset() override { std::fill(counts_.begin(), counts_.end(), 0.0); }
  /// A sample of weight 0 counts for nothing. Throws std::domain_error where a target is no class.
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      const std::int64_t actual = class_of(target, sample, classes());
      counts_[place(actual, answers_.answer(prediction.row(sample)))] += weight;
    }
  }
  void save(Writer& writer) const override { writer.write(counts_); }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    auto counts = reader.get<std::vector<double>>();
    if (counts.size() != counts_.size()) throw std::runtime_error("the saved counts are of another number of classes");
    counts_ = std::move(counts);
  }
  void merge(const ConfusionMetric& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

 protected:
  ConfusionMetric(const Setup& setup, std::string name) : name_(std::move(name)), answers_(setup.find<double>("threshold")) {}
  const std::string& name() const { return name_; }
  std::int64_t classes() const { return answers_.classes(); }
  const std::string& class_name(std::int64_t label) const { return answers_.class_name(label); }
  /// Weight of the samples of class `actual` that were predicted as class `answer`.
  double count(std::int64_t actual, std::int64_t answer) const { return counts_[place(actual, answer)]; }
  /// The sums of the rows and of the columns, each counted once: asked for one by one they would cost the cube of the classes.
  struct Sums {
    std::vector<double> actual, answered;  // of each class
    double all = 0;
  };
  Sums sums() const {
    const auto size = static_cast<std::size_t>(classes());
    Sums sums{std::vector<double>(size), std::vector<double>(size), 0};
    for (std::size_t label = 0; label < size; ++label)
      for (std::size_t answer = 0; answer < size; ++answer) {
        const double count = counts_[label * size + answer];
        sums.actual[label] += count;
        sums.answered[answer] += count;
      }
    for (const double count : counts_) sums.all += count;
    return sums;
  }

 private:
  std::size_t place(std::int64_t actual, std::int64_t answer) const {
    return static_cast<std::size_t>(actual * classes() + answer);
  }

  std::string name_;
  Answers answers_;
  std::vector<double> counts_;  // classes x classes
};

}  // namespace sdk0
}  // namespace treino
