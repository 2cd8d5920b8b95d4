// For metrics of classifiers: ClassCounts counts predictions and true positives by class; ClassMetric makes values of one ratio per
// class (precision, recall, ...) with the usual ways to average them. Its parameters are described below: average, class_id,
// threshold, top_k, and zero_division (predictions.hpp), each of them optional.
#pragma once
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

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

/// A metric that is one number of all counts: derive, say the number.
class CountedMetric : public Metric {
 public:
  void prepare(const Problem& problem) override { counts_.prepare(problem, name_); }
  std::vector<MetricValue> values() const override { return {{name_, Direction::higher}}; }
  void reset() override { counts_.reset(); }
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    counts_.update(prediction, target, weights);
  }
  void compute(double* values) const override { *values = value(counts_); }
  void save(Writer& writer) const override { counts_.save(writer); }
  void load(Reader& reader, std::uint32_t /*version*/) override { counts_.load(reader); }
  void merge(const CountedMetric& other) { counts_.merge(other.counts_); }

 protected:
  CountedMetric(const Setup& setup, std::string name) : name_(std::move(name)), counts_(setup.find<double>("threshold")) {}
  virtual double value(const ClassCounts& counts) const = 0;
  const ClassCounts& counts() const { return counts_; }

 private:
  std::string name_;
  ClassCounts counts_;
};

/// A metric that is one ratio a class, averaged: derive, say the ratio.
class ClassMetric : public Metric {
 public:
  void prepare(const Problem& problem) override {
    for (ClassCounts& counts : counts_) counts.prepare(problem, name_);
    const ClassCounts& counts = counts_.front();
    average_ = !given_average_.empty() ? given_average_
               : class_id_             ? "none"
               : counts.binary()       ? average_of_two_
                                       : average_of_many_;
    if (class_id_ && average_ != "none") throw std::invalid_argument(name_ + ": class_id is one class alone: leave average out");
    const std::string classes = std::to_string(counts.classes());
    if (class_id_ && *class_id_ >= counts.classes())
      throw std::invalid_argument(name_ + ": there is no class " + std::to_string(*class_id_) + ": class_id goes from 0 to " +
                                  std::to_string(counts.classes() - 1));
    if (average_ == "binary" && !counts.binary())
      throw std::invalid_argument(name_ + ": average = \"binary\" needs two classes, here are " + classes + ": take " +
                                  average_of_many_ + " or none, or one class by class_id");
  }
  /// The metric's name; behind it _at_ and the threshold where there are several, behind that the class where there is one.
  std::vector<MetricValue> values() const override {
    std::vector<MetricValue> values;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const std::string name = counts_.size() == 1 ? name_ : name_ + "_at_" + exact_text(thresholds_[i]);
      if (average_ != "none") values.push_back({name, direction_});
      for (std::int64_t label = first(); average_ == "none" && label < last(); ++label)
        values.push_back({name + "_" + counts_[i].class_name(label), direction_});
    }
    return values;
  }
  void reset() override {
    for (ClassCounts& counts : counts_) counts.reset();
  }
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    for (ClassCounts& counts : counts_) counts.update(prediction, target, weights);
  }
  void compute(double* values) const override {
    for (const ClassCounts& counts : counts_) {
      if (average_ == "none") {
        for (std::int64_t label = first(); label < last(); ++label) *values++ = divided(counts.of(label));
      } else {
        *values++ = average_ == "binary"  ? divided(counts.of(1))
                    : average_ == "micro" ? divided(counts.sum())
                                          : mean(counts, average_ == "weighted");
      }
    }
  }
  void save(Writer& writer) const override {
    for (const ClassCounts& counts : counts_) counts.save(writer);
  }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    std::vector<ClassCounts> loaded = counts_;
    for (ClassCounts& counts : loaded) counts.load(reader);
    counts_ = std::move(loaded);
  }
  void merge(const ClassMetric& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i].merge(other.counts_[i]);
  }

 protected:
  struct Ratio {
    double numerator, denominator;
  };
  /// `name` is what its numbers are called; the averages are those taken where the manifest says nothing.
  ClassMetric(const Setup& setup, std::string name, std::string average_of_two = "binary", std::string average_of_many = "macro",
              Direction direction = Direction::higher)
      : name_(std::move(name)),
        given_average_(setup.find<std::string>("average").value_or("")),
        average_of_two_(std::move(average_of_two)),
        average_of_many_(std::move(average_of_many)),
        direction_(direction),
        class_id_(setup.find<std::int64_t>("class_id")),
        zero_division_(setup.has("zero_division") ? zero_division(setup) : 0),
        thresholds_(setup.find<std::vector<double>>("threshold").value_or(std::vector<double>())) {
    const auto top_k = setup.find<std::int64_t>("top_k");
    for (std::size_t i = 0; i < thresholds_.size(); ++i) {
      if (std::find(thresholds_.begin(), thresholds_.begin() + static_cast<std::ptrdiff_t>(i), thresholds_[i]) !=
          thresholds_.begin() + static_cast<std::ptrdiff_t>(i))
        throw std::invalid_argument(name_ + ": threshold holds " + exact_text(thresholds_[i]) + " twice: leave one out");
      counts_.emplace_back(thresholds_[i], top_k);
    }
    if (thresholds_.empty()) counts_.emplace_back(std::nullopt, top_k);
  }
  virtual Ratio ratio(const ClassCounts::Counts& counts) const = 0;

 private:
  std::int64_t first() const { return class_id_.value_or(0); }
  std::int64_t last() const { return class_id_ ? *class_id_ + 1 : counts_.front().classes(); }
  double divided(const ClassCounts::Counts& counts) const {
    const Ratio parts = ratio(counts);
    return parts.denominator == 0 ? zero_division_ : parts.numerator / parts.denominator;
  }
  /// Over classes; undefined ratios that zero_division makes NaN are left out.
  double mean(const ClassCounts& counts, bool weighted) const {
    double sum = 0, weights = 0;
    for (std::int64_t label = 0; label < counts.classes(); ++label) {
      const ClassCounts::Counts one = counts.of(label);
      const double value = divided(one), weight = weighted ? one.actual : 1;
      if (std::isnan(value)) continue;
      sum += weight * value;
      weights += weight;
    }
    return weights == 0 ? zero_division_ : sum / weights;
  }

  std::string name_, given_average_, average_, average_of_two_, average_of_many_;
  Direction direction_;
  std::optional<std::int64_t> class_id_;
  double zero_division_;
  std::vector<double> thresholds_;
  std::vector<ClassCounts> counts_;  // one for each threshold
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_THRESHOLDS_TOML).
#define TREINO_THRESHOLDS_TOML                                                                                                \
  "\n"                                                                                                                        \
  "[parameters.threshold]\n"                                                                                                  \
  "type = \"list\"\n"                                                                                                         \
  "items = \"float\"\n"                                                                                                       \
  "scalar = true\n"                                                                                                           \
  "min = 0.0\n"                                                                                                               \
  "max = 1.0\n"                                                                                                               \
  "doc = \"probability above which an output counts as yes, with one output, two classes or questions; 0.5 where not given; " \
  "several: "                                                                                                                 \
  "a number each\"\n"
#define TREINO_TOP_K_TOML                                                                                                     \
  "\n"                                                                                                                        \
  "[parameters.top_k]\n"                                                                                                      \
  "type = \"int\"\n"                                                                                                          \
  "min = 1\n"                                                                                                                 \
  "doc = \"the top_k largest outputs' classes count as predicted; with a threshold, those of them whose probability exceeds " \
  "it, as in Keras\"\n"
#define TREINO_AVERAGE_TOML                                                                                                      \
  "\n"                                                                                                                           \
  "[parameters.average]\n"                                                                                                       \
  "type = \"string\"\n"                                                                                                          \
  "choices = [\"binary\", \"micro\", \"macro\", \"weighted\", \"none\"]\n"                                                       \
  "doc = \"binary: of class 1; micro: over all predictions; macro, weighted: mean over classes; none: each. Default: binary of " \
  "two, else macro\"\n"
#define TREINO_COUNT_AVERAGE_TOML                 \
  "\n"                                            \
  "[parameters.average]\n"                        \
  "type = \"string\"\n"                           \
  "choices = [\"binary\", \"micro\", \"none\"]\n" \
  "doc = \"binary: of class 1; micro: sum over classes; none: each class. Default: binary of two, else micro\"\n"
