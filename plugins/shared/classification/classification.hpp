// For metrics of classifiers that are made of counts by class: a CountedMetric is one number of them; a ClassMetric is one ratio per
// class (precision, recall, ...) with the usual ways to average them. Its parameters are described below: average, class_id,
// threshold, top_k, and zero_division (predictions.hpp), each of them optional.
#pragma once
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/classification/class_counts.hpp"

namespace treino {
inline namespace sdk0 {

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
  /// The metric's name; then _at_ and the threshold where there are several, then the class where there is one.
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
  /// `name` is what its values are called; the averages are those taken where the manifest says nothing.
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
  "a value each\"\n"
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
