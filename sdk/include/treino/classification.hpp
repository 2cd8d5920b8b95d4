// For metrics of classifiers: ClassCounts decides what the model answers and counts hits by class; ClassMetric makes numbers of
// one ratio a class (precision, recall, ...) with the usual ways to average them. Its parameters, to be copied into a
// description:
//   average     string  binary (class 1 of two), micro (over all samples at once), macro (mean over classes), weighted (mean over
//   classes
//                       by their share of the samples), none (a number for each class); without it binary of two classes, else
//                       macro
//   class_id    int     the number of this class alone, instead of an average
//   threshold   float   probability above which an answer is yes; 0.5 without it
//   zero_division  string  "0", "1", "nan": the ratio of a class where nothing could be divided
#pragma once
#include <algorithm>
#include <treino/metric.hpp>

namespace treino {
inline namespace sdk0 {

/// Weighted counts of a classifier's answers. What an answer is follows from the problem:
///   one output          class 1 where it exceeds the threshold, else class 0
///   outputs of choice   the largest one's class; with a threshold, of two classes, class 1 where its probability exceeds that
///   independent outputs with rows of values: a yes/no answer each, classes that may hold together
class ClassCounts {
 public:
  struct Counts {
    double hits = 0;       // answered so and right
    double predicted = 0;  // answered so
    double actual = 0;     // are so
  };

  explicit ClassCounts(std::optional<double> threshold) : threshold_(threshold) {}

  /// Throws std::invalid_argument with the fix, naming `metric`, where this is no classification or the threshold means nothing.
  void prepare(const Problem& problem, const std::string& metric) {
    const std::int64_t outputs = problem.outputs(), classes = problem.classes();
    if (problem.target_is_values() && !problem.independent())
      throw std::invalid_argument(metric +
                                  " counts classes, the target is values: take a metric of values such as mae, or, where the " +
                                  "values are 0 and 1, the loss binary_cross_entropy or target_kind = \"index\"");
    if (!problem.target_is_values() && classes > std::max<std::int64_t>(2, outputs))
      throw std::invalid_argument(metric + ": the data have " + std::to_string(classes) + " classes, the model has " +
                                  std::to_string(outputs) + (outputs == 1 ? " output" : " outputs") +
                                  ": give it one for each class");
    const bool yes_or_no = outputs == 1, together = !yes_or_no && problem.target_is_values();
    const bool two = outputs == 2 && !together && !problem.independent() && !problem.predicts_values();
    if (threshold_ && !yes_or_no && !together && !two)
      throw std::invalid_argument(metric + ": threshold has no meaning for a choice among " + std::to_string(outputs) +
                                  " outputs, where the largest one wins: leave it out");
    mode_ = yes_or_no ? Mode::yes_or_no : together ? Mode::together : two && threshold_ ? Mode::two : Mode::choice;
    logits_ = problem.predicts_logits();
    const double threshold = threshold_.value_or(0.5);
    // The logit of the threshold saves a sigmoid of every output; a float's neighbourhood is no more than the threshold itself.
    cutoff_ = logits_ ? std::log(threshold / (1 - threshold)) : static_cast<double>(static_cast<float>(threshold));
    counts_.resize(static_cast<std::size_t>(std::max<std::int64_t>(2, outputs)));
    names_.clear();
    for (std::int64_t label = 0; label < this->classes(); ++label)
      names_.push_back(label < classes ? problem.class_name(label) : std::to_string(label));
    reset();
  }

  std::int64_t classes() const { return static_cast<std::int64_t>(counts_.size()); }
  const std::string& class_name(std::int64_t label) const { return names_[static_cast<std::size_t>(label)]; }
  /// Two classes of which a sample has one.
  bool binary() const { return classes() == 2 && mode_ != Mode::together; }
  const Counts& of(std::int64_t label) const { return counts_[static_cast<std::size_t>(label)]; }
  double right() const { return right_; }
  double answers() const { return answers_; }

  void reset() {
    std::fill(counts_.begin(), counts_.end(), Counts());
    right_ = answers_ = 0;
  }
  /// A sample of weight 0 counts for nothing. Throws std::domain_error where a target is no class.
  void update(const Matrix<const float>& prediction, const Target& target, const Weights& weights) {
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      const double weight = static_cast<double>(weights[sample]);
      if (weight == 0) continue;
      if (mode_ == Mode::together) {
        for (std::int64_t label = 0; label < classes(); ++label)
          count(label, prediction(sample, label) > cutoff_, target.values()(sample, label) > 0.5f, weight);
      } else {
        count_choice(answer(prediction.row(sample)), actual(target, sample), weight);
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
      counts_[label] = {numbers[2 + 3 * label], numbers[3 + 3 * label], numbers[4 + 3 * label]};
  }

 private:
  enum class Mode { yes_or_no, two, choice, together };

  std::int64_t answer(const float* row) const {
    if (mode_ == Mode::yes_or_no) return row[0] > cutoff_;
    if (mode_ == Mode::two) return (logits_ ? static_cast<double>(row[1]) - static_cast<double>(row[0]) : row[1]) > cutoff_;
    return std::max_element(row, row + classes()) - row;
  }
  std::int64_t actual(const Target& target, std::int64_t sample) const {
    if (!target.is_index()) {
      const float* row = target.values().row(sample);
      if (target.values().columns() == 1) return row[0] > 0.5f;
      return std::max_element(row, row + std::min(target.values().columns(), classes())) - row;
    }
    const std::int64_t label = target.index(sample);
    if (label < 0 || label >= classes())
      throw std::domain_error("target of sample " + std::to_string(sample) + " is class " + std::to_string(label) + " of " +
                              std::to_string(classes()));
    return label;
  }
  void count_choice(std::int64_t answer, std::int64_t actual, double weight) {
    counts_[static_cast<std::size_t>(answer)].predicted += weight;
    counts_[static_cast<std::size_t>(actual)].actual += weight;
    answers_ += weight;
    if (answer != actual) return;
    counts_[static_cast<std::size_t>(actual)].hits += weight;
    right_ += weight;
  }
  void count(std::int64_t label, bool answer, bool actual, double weight) {
    Counts& counts = counts_[static_cast<std::size_t>(label)];
    if (answer) counts.predicted += weight;
    if (actual) counts.actual += weight;
    if (answer && actual) counts.hits += weight;
    if (answer == actual) right_ += weight;
    answers_ += weight;
  }

  std::optional<double> threshold_;
  Mode mode_ = Mode::choice;
  bool logits_ = false;
  double cutoff_ = 0.5;
  double right_ = 0, answers_ = 0;
  std::vector<Counts> counts_;
  std::vector<std::string> names_;
};

/// A metric that is one ratio a class, averaged: derive, inherit the constructor, say the ratio.
class ClassMetric : public Metric {
 public:
  void prepare(const Problem& problem) override {
    counts_.prepare(problem, name_);
    if (average_.empty()) average_ = class_id_ ? "none" : counts_.binary() ? "binary" : "macro";
    if (class_id_ && average_ != "none") throw std::invalid_argument(name_ + ": class_id is one class alone: leave average out");
    const std::string classes = std::to_string(counts_.classes());
    if (class_id_ && *class_id_ >= counts_.classes())
      throw std::invalid_argument(name_ + ": there is no class " + std::to_string(*class_id_) + ": class_id goes from 0 to " +
                                  std::to_string(counts_.classes() - 1));
    if (average_ == "binary" && !counts_.binary())
      throw std::invalid_argument(name_ + ": average = \"binary\" needs two classes, here are " + classes +
                                  ": take \"macro\", \"micro\", \"weighted\" or \"none\", or one class by class_id");
  }
  std::vector<MetricValue> values() const override {
    if (average_ != "none") return {{name_, Direction::higher}};
    std::vector<MetricValue> values;
    for (std::int64_t label = first(); label < last(); ++label)
      values.push_back({name_ + "_" + counts_.class_name(label), Direction::higher});
    return values;
  }
  void reset() override { counts_.reset(); }
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    counts_.update(prediction, target, weights);
  }
  void compute(double* values) const override {
    if (average_ == "none") {
      for (std::int64_t label = first(); label < last(); ++label) *values++ = divided(counts_.of(label));
    } else {
      *values = average_ == "binary" ? divided(counts_.of(1)) : average_ == "micro" ? micro() : mean(average_ == "weighted");
    }
  }
  void save(Writer& writer) const override { counts_.save(writer); }
  void load(Reader& reader, std::uint32_t /*version*/) override { counts_.load(reader); }
  void merge(const ClassMetric& other) { counts_.merge(other.counts_); }

 protected:
  struct Ratio {
    double numerator, denominator;
  };
  /// `name` is what its numbers are called, with the class behind it where there are several.
  ClassMetric(const Setup& setup, std::string name)
      : name_(std::move(name)),
        average_(setup.find<std::string>("average").value_or("")),
        class_id_(setup.find<std::int64_t>("class_id")),
        counts_(setup.find<double>("threshold")) {
    const auto zero = setup.get<std::string>("zero_division");
    zero_division_ = zero == "nan" ? std::numeric_limits<double>::quiet_NaN() : zero == "1" ? 1 : 0;
  }
  virtual Ratio ratio(const ClassCounts::Counts& counts) const = 0;

 private:
  std::int64_t first() const { return class_id_.value_or(0); }
  std::int64_t last() const { return class_id_ ? *class_id_ + 1 : counts_.classes(); }
  double divided(const ClassCounts::Counts& counts) const {
    const Ratio parts = ratio(counts);
    return parts.denominator == 0 ? zero_division_ : parts.numerator / parts.denominator;
  }
  double micro() const {
    ClassCounts::Counts all;
    for (std::int64_t label = 0; label < counts_.classes(); ++label) {
      all.hits += counts_.of(label).hits;
      all.predicted += counts_.of(label).predicted;
      all.actual += counts_.of(label).actual;
    }
    return divided(all);
  }
  /// Classes whose ratio is NaN are left out, as scikit-learn does.
  double mean(bool weighted) const {
    double sum = 0, weights = 0;
    for (std::int64_t label = 0; label < counts_.classes(); ++label) {
      const double value = divided(counts_.of(label)), weight = weighted ? counts_.of(label).actual : 1;
      if (std::isnan(value)) continue;
      sum += weight * value;
      weights += weight;
    }
    return weights == 0 ? zero_division_ : sum / weights;
  }

  std::string name_, average_;
  std::optional<std::int64_t> class_id_;
  double zero_division_ = 0;
  ClassCounts counts_;
};

}  // namespace sdk0
}  // namespace treino
