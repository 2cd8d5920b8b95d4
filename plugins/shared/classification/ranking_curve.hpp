// For metrics of how well a classifier's scores put the samples of a class before the others, whatever the threshold: areas under
// curves, points on them. Parameters of a CurveMetric: average and bins (described below), class_id and zero_division
// (predictions.hpp); and, each optional,
//   thresholds     list of floats from 0 to 1: scores are counted between these thresholds instead of kept
//   label_weights  list of floats from 0 up: of average = "macro", the weight of each class
#pragma once
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/classification/bin_places.hpp"
#include "shared/classification/kept_scores.hpp"
#include "shared/classification/roc_curve.hpp"
#include "shared/classification/scores.hpp"

namespace treino {
inline namespace sdk0 {

/// A metric that is a number of each class' curve, averaged: derive, say the number.
class CurveMetric : public Metric {
 public:
  void prepare(const Problem& problem) override {
    scores_.prepare(problem, name_);
    together_ = hold_together(problem);
    classes_ = std::max<std::int64_t>(2, problem.outputs());
    const bool binary = classes_ == 2 && !together_;
    average_ = !given_average_.empty() ? given_average_ : class_id_ ? "none" : binary ? "binary" : "macro";
    if (class_id_ && average_ != "none") throw std::invalid_argument(name_ + ": class_id is one class alone: leave average out");
    if (class_id_ && *class_id_ >= classes_)
      throw std::invalid_argument(name_ + ": there is no class " + std::to_string(*class_id_) + ": class_id goes from 0 to " +
                                  std::to_string(classes_ - 1));
    if (average_ == "binary" && !binary)
      throw std::invalid_argument(name_ + ": average = \"binary\" needs two classes, here are " + std::to_string(classes_) +
                                  ": take macro, micro, weighted or none, or one class by class_id");
    first_ = average_ == "binary" ? 1 : class_id_.value_or(0);
    last_ = average_ == "binary" || class_id_ ? first_ + 1 : classes_;
    names_.clear();
    for (std::int64_t label = first_; label < last_; ++label)
      names_.push_back(label < problem.classes() ? problem.class_name(label) : std::to_string(label));
    check_label_weights();
    bin_weights_.assign(2 * static_cast<std::size_t>(bins_) * names_.size(), 0);
    const std::int64_t columns = last_ - first_;
    rows_at_once_ = std::max<std::int64_t>(1, block_of_row / columns);
    parts_.resize(bins_ == 0 ? 0 : static_cast<std::size_t>(rows_at_once_ * columns));
    places_.resize(parts_.size());
  }
  std::vector<MetricValue> values() const override {
    if (average_ != "none") return {{name_, Direction::higher}};
    std::vector<MetricValue> values;
    for (const std::string& label : names_) values.push_back({name_ + "_" + label, Direction::higher});
    return values;
  }
  void reset() override {
    kept_.clear();
    std::fill(bin_weights_.begin(), bin_weights_.end(), 0.0);
    undefined_ = false;
  }
  /// A sample of weight 0 counts for nothing. Throws std::domain_error where a target is no class.
  void update(Matrix<const float> prediction, const Target& target, Weights weights) override {
    if (bins_ > 0) return count_in_bins(prediction, target, weights);
    for (std::int64_t sample = 0; sample < prediction.rows(); ++sample) {
      if (weights[sample] == 0) continue;
      const std::int64_t actual = together_ ? 0 : class_of(target, sample, classes_);
      scores_.look_at(prediction.row(sample));
      kept_.weights.push_back(weights[sample]);
      for (std::int64_t label = first_; label < last_; ++label)
        undefined_ |= !kept_.add(scores_.of(label), together_ ? target.values()(sample, label) > 0.5f : label == actual);
    }
  }
  /// NaN where a score was NaN.
  void compute(double* values) const override {
    if (undefined_) {
      std::fill(values, values + (average_ == "none" ? names_.size() : 1), std::numeric_limits<double>::quiet_NaN());
    } else if (average_ == "micro") {
      *values = value_or_zero_division(everything());
    } else if (average_ == "none" || average_ == "binary") {
      for (std::size_t column = 0; column < names_.size(); ++column) *values++ = value_or_zero_division(curve(column));
    } else {
      *values = mean(average_ == "weighted");
    }
  }
  void save(Writer& writer) const override {
    writer.write(undefined_);
    kept_.save(writer);
    writer.write(bin_weights_);
  }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    const auto undefined = reader.get<bool>();
    KeptScores kept = KeptScores::load(reader);
    auto bins = reader.get<std::vector<double>>();
    if (bins.size() != bin_weights_.size() || !kept.has_columns(names_.size()))
      throw std::runtime_error("the saved scores are of another number of classes or bins");
    undefined_ = undefined;
    kept_ = std::move(kept);
    bin_weights_ = std::move(bins);
  }
  void merge(const CurveMetric& other) {
    undefined_ = undefined_ || other.undefined_;
    kept_.merge(other.kept_);
    for (std::size_t i = 0; i < bin_weights_.size(); ++i) bin_weights_[i] += other.bin_weights_[i];
  }

 protected:
  CurveMetric(const Setup& setup, std::string name)
      : name_(std::move(name)),
        given_average_(setup.find<std::string>("average").value_or("")),
        class_id_(setup.find<std::int64_t>("class_id")),
        bins_(setup.find<std::int64_t>("bins").value_or(0)),
        thresholds_(setup.find<std::vector<double>>("thresholds").value_or(std::vector<double>())),
        label_weights_(setup.find<std::vector<double>>("label_weights").value_or(std::vector<double>())),
        zero_division_(zero_division(setup)) {
    if (thresholds_.empty()) return;
    if (bins_ != 0) throw std::invalid_argument(name_ + ": bins and thresholds exclude each other: leave one out");
    std::sort(thresholds_.begin(), thresholds_.end());
    if (const auto twice = std::adjacent_find(thresholds_.begin(), thresholds_.end()); twice != thresholds_.end())
      throw std::invalid_argument(name_ + ": thresholds holds " + exact_text(*twice) + " twice: leave one out");
    bins_ = static_cast<std::int64_t>(thresholds_.size()) + 1;
  }
  /// Nothing where it is 0/0.
  virtual std::optional<double> value(const RocCurve& curve) const = 0;

 private:
  void check_label_weights() const {
    if (label_weights_.empty()) return;
    if (average_ != "macro")
      throw std::invalid_argument(name_ + ": label_weights is of average = \"macro\", here it is " + average_ +
                                  ": leave one of them out");
    if (label_weights_.size() != names_.size())
      throw std::invalid_argument(name_ + ": label_weights has " + std::to_string(label_weights_.size()) + " values, here are " +
                                  std::to_string(names_.size()) + " classes: give one for each");
    if (std::all_of(label_weights_.begin(), label_weights_.end(), [](double weight) { return weight == 0; }))
      throw std::invalid_argument(name_ + ": label_weights are all 0: give one that is above 0");
  }
  /// Some rows at once: first their bins, which vectors find, then the weights, one by one.
  void count_in_bins(const Matrix<const float>& prediction, const Target& target, const Weights& weights) {
    const std::int64_t columns = last_ - first_;
    for (std::int64_t begin = 0; begin < prediction.rows(); begin += rows_at_once_) {
      const std::int64_t rows = std::min(rows_at_once_, prediction.rows() - begin);
      with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
        if (columns == 1) {
          scores_.parts_of_one(prediction, begin, rows, first_, parts_.data());
        } else {
          for (std::int64_t row = 0; row < rows; ++row)
            scores_.parts(prediction.row(begin + row), first_, last_, parts_.data() + row * columns);
        }
        if (thresholds_.empty()) find_places(parts_.data(), rows * columns, bins_, places_.data());
      });
      if (!thresholds_.empty()) find_places(parts_.data(), rows * columns, thresholds_, places_.data());
      if (columns == 1 && target.is_index()) {
        count_column(target.classes() + begin, rows, weights, begin);
        continue;
      }
      for (std::int64_t row = 0; row < rows; ++row)
        if (weights[begin + row] != 0)
          count_row(places_.data() + row * columns, target, begin + row, static_cast<double>(weights[begin + row]));
    }
  }
  /// One class against the rest: without branches, since none of a sample's weight, class and bin can be foretold.
  void count_column(const std::int32_t* labels, std::int64_t rows, const Weights& weights, std::int64_t begin) {
    double* const bins = bin_weights_.data();
    const std::int32_t* const places = places_.data();
    const auto wanted = static_cast<std::int32_t>(first_);
    const std::int64_t others = bins_;
    bool undefined = false;
    for (std::int64_t row = 0; row < rows; ++row) {
      const double weight = static_cast<double>(weights[begin + row]);
      const std::int64_t place = std::max(places[row], 0);
      undefined |= (places[row] < 0) & (weight != 0);
      bins[place + (labels[row] == wanted ? 0 : others)] += weight;
    }
    undefined_ |= undefined;
  }
  void count_row(const std::int32_t* places, const Target& target, std::int64_t sample, double weight) {
    const std::int64_t columns = last_ - first_;
    const float* row = together_ ? target.values().row(sample) : nullptr;
    const std::int64_t actual = together_ ? -1 : class_of(target, sample, classes_) - first_;
    double* bins = bin_weights_.data();  // of the column: those of the class, then the others
    for (std::int64_t column = 0; column < columns; ++column, bins += 2 * bins_) {
      if (places[column] < 0) {
        undefined_ = true;
        continue;
      }
      const bool answer = together_ ? row[first_ + column] > 0.5f : column == actual;
      bins[places[column] + (answer ? 0 : bins_)] += weight;
    }
  }
  RocCurve curve(std::size_t column) const {
    const auto bins = static_cast<std::size_t>(bins_);
    if (bins != 0) return {&bin_weights_[2 * column * bins], &bin_weights_[(2 * column + 1) * bins], bins};
    return kept_.curve(column, names_.size(), names_.size());
  }
  /// All columns as one.
  RocCurve everything() const {
    if (bins_ == 0) return kept_.curve(0, 1, names_.size());
    const auto bins = static_cast<std::size_t>(bins_);
    summed_bins_.assign(2 * bins, 0.0);
    for (std::size_t i = 0; i < bin_weights_.size(); ++i) summed_bins_[i % (2 * bins)] += bin_weights_[i];
    return {summed_bins_.data(), summed_bins_.data() + bins, bins};
  }
  double value_or_zero_division(const RocCurve& curve) const { return value(curve).value_or(zero_division_); }
  /// Over classes; undefined ones that zero_division makes NaN are left out.
  double mean(bool weighted) const {
    double sum = 0, weights = 0;
    for (std::size_t column = 0; column < names_.size(); ++column) {
      const RocCurve one = curve(column);
      const double number = value_or_zero_division(one);
      const double weight = weighted ? one.positives() : label_weights_.empty() ? 1 : label_weights_[column];
      if (std::isnan(number)) continue;
      sum += weight * number;
      weights += weight;
    }
    return weights == 0 ? zero_division_ : sum / weights;
  }

  std::string name_, given_average_, average_;
  std::optional<std::int64_t> class_id_;
  std::int64_t bins_;
  std::vector<double> thresholds_, label_weights_;
  double zero_division_;
  Scores scores_;
  bool together_ = false, undefined_ = false;
  std::int64_t classes_ = 0, first_ = 0, last_ = 0;  // columns are kept of the classes first_ .. last_ - 1
  std::vector<std::string> names_;                   // of the columns' classes
  KeptScores kept_;
  std::vector<double> bin_weights_;  // columns x (positive, negative) x bins
  mutable std::vector<double> summed_bins_;
  std::int64_t rows_at_once_ = 1;
  std::vector<double> parts_;  // of these rows
  std::vector<std::int32_t> places_;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_CURVE_AVERAGE_TOML).
#define TREINO_CURVE_AVERAGE_TOML                                                                                              \
  "\n"                                                                                                                         \
  "[parameters.average]\n"                                                                                                     \
  "type = \"string\"\n"                                                                                                        \
  "choices = [\"binary\", \"micro\", \"macro\", \"weighted\", \"none\"]\n"                                                     \
  "doc = \"binary: of class 1; micro: all questions at once; macro, weighted: mean over classes; none: each. Default: binary " \
  "of two, else macro\"\n"
#define TREINO_BINS_TOML                                                                                                  \
  "\n"                                                                                                                    \
  "[parameters.bins]\n"                                                                                                   \
  "type = \"int\"\n"                                                                                                      \
  "min = 2\n"                                                                                                             \
  "max = 1000000\n"                                                                                                       \
  "doc = \"counts scores in so many equal bins over [0, 1] (of logits: of the sigmoid; beyond: the last bin) instead of " \
  "keeping them\"\n"
