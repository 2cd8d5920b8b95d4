// For metrics of how well a classifier's scores put the samples of a class before the others, whatever the threshold: areas under
// curves, points on them. Parameters of a CurveMetric: average and bins (described below), class_id and zero_division
// (predictions.hpp); and, each optional,
//   thresholds     list of floats from 0 to 1: scores are counted between these thresholds instead of kept
//   label_weights  list of floats from 0 up: of average = "macro", the weight of each class
#pragma once
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/classification/predictions.hpp"
#include "shared/losses/softmax.hpp"
#include "shared/metrics/sort.hpp"

namespace treino {
inline namespace sdk0 {

/// What is counted where all samples at or above one score are predicted as the class.
struct CurvePoint {
  double true_positives = 0, false_positives = 0;
  double positives = 0, negatives = 0;  // of all samples

  struct Ratio {
    double numerator, denominator;
    double value() const { return denominator == 0 ? 0 : numerator / denominator; }
  };
  double predicted() const { return true_positives + false_positives; }
  Ratio precision() const { return {true_positives, predicted()}; }
  Ratio recall() const { return {true_positives, positives}; }
  Ratio specificity() const { return {negatives - false_positives, negatives}; }
};

/// How much weight the samples of a class and the others have at each score.
class RocCurve {
 public:
  /// Kept scores, one word of sortable() for each sample.
  RocCurve(std::vector<std::uint64_t> positive, std::vector<std::uint64_t> negative)
      : positive_(std::move(positive)), negative_(std::move(negative)) {
    sort_by_number(positive_);
    sort_by_number(negative_);
    for (const std::uint64_t word : positive_) positives_ += static_cast<double>(weight_of(word));
    for (const std::uint64_t word : negative_) negatives_ += static_cast<double>(weight_of(word));
  }
  /// Bins, the lowest scores first; borrowed.
  RocCurve(const double* positive_bins, const double* negative_bins, std::size_t bins)
      : positive_bins_(positive_bins), negative_bins_(negative_bins), bins_(bins) {
    for (std::size_t bin = 0; bin < bins; ++bin) positives_ += positive_bins[bin], negatives_ += negative_bins[bin];
  }

  double positives() const { return positives_; }
  double negatives() const { return negatives_; }

  /// Calls visit(before, here) for each score that occurs, the highest first: the points of the curve above it and at it. The first
  /// `before` is the point above all scores, where nothing is predicted as the class.
  template <class Visit>
  void follow(Visit&& visit) const {
    CurvePoint before{0, 0, positives_, negatives_};
    descend([&](double positive, double negative) {
      CurvePoint here = before;
      here.true_positives += positive;
      here.false_positives += negative;
      visit(before, here);
      before = here;
    });
  }

  /// Calls step(positive, negative) for each score that occurs, the highest first, with the weights of the samples that have it.
  template <class Step>
  void descend(Step&& step) const {
    for (std::size_t bin = bins_; bin-- > 0;)
      if (positive_bins_[bin] != 0 || negative_bins_[bin] != 0) step(positive_bins_[bin], negative_bins_[bin]);
    auto positive = positive_.rbegin(), negative = negative_.rbegin();
    while (positive != positive_.rend() || negative != negative_.rend()) {
      const bool from_positive =
          negative == negative_.rend() || (positive != positive_.rend() && order_of(*positive) > order_of(*negative));
      const std::uint32_t score = order_of(from_positive ? *positive : *negative);
      double positive_weight = 0, negative_weight = 0;
      for (; positive != positive_.rend() && order_of(*positive) == score; ++positive)
        positive_weight += static_cast<double>(weight_of(*positive));
      for (; negative != negative_.rend() && order_of(*negative) == score; ++negative)
        negative_weight += static_cast<double>(weight_of(*negative));
      step(positive_weight, negative_weight);
    }
  }

 private:
  std::vector<std::uint64_t> positive_, negative_;
  const double *positive_bins_ = nullptr, *negative_bins_ = nullptr;
  std::size_t bins_ = 0;
  double positives_ = 0, negatives_ = 0;
};

/// sum >= least, where sums of weights may have lost their last digits.
inline bool reaches(double sum, double least) { return sum >= least - 1e-12 * std::abs(least); }

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
    kept_scores_.clear();
    kept_answers_.clear();
    kept_weights_.clear();
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
      kept_weights_.push_back(weights[sample]);
      for (std::int64_t label = first_; label < last_; ++label)
        keep(scores_.of(label), together_ ? target.values()(sample, label) > 0.5f : label == actual);
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
    writer.write(kept_scores_);
    writer.write(kept_answers_);
    writer.write(kept_weights_);
    writer.write(bin_weights_);
  }
  void load(Reader& reader, std::uint32_t /*version*/) override {
    const auto undefined = reader.get<bool>();
    auto scores = reader.get<std::vector<float>>();
    auto answers = reader.get<std::vector<std::uint8_t>>();
    auto weights = reader.get<std::vector<float>>();
    auto bins = reader.get<std::vector<double>>();
    if (bins.size() != bin_weights_.size() || scores.size() != answers.size() || scores.size() != weights.size() * names_.size())
      throw std::runtime_error("the saved scores are of another number of classes or bins");
    undefined_ = undefined;
    kept_scores_ = std::move(scores);
    kept_answers_ = std::move(answers);
    kept_weights_ = std::move(weights);
    bin_weights_ = std::move(bins);
  }
  void merge(const CurveMetric& other) {
    undefined_ = undefined_ || other.undefined_;
    append(kept_scores_, other.kept_scores_);
    append(kept_answers_, other.kept_answers_);
    append(kept_weights_, other.kept_weights_);
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
      throw std::invalid_argument(name_ + ": label_weights has " + std::to_string(label_weights_.size()) + " numbers, here are " +
                                  std::to_string(names_.size()) + " classes: give one for each");
    if (std::all_of(label_weights_.begin(), label_weights_.end(), [](double weight) { return weight == 0; }))
      throw std::invalid_argument(name_ + ": label_weights are all 0: give one that is above 0");
  }
  void keep(float score, bool answer) {
    if (std::isnan(score)) {
      undefined_ = true;
      score = 0;
    }
    kept_scores_.push_back(score);
    kept_answers_.push_back(answer);
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
        if (thresholds_.empty()) find_places(rows * columns);
      });
      if (!thresholds_.empty()) find_places_between_thresholds(rows * columns);
      if (columns == 1 && target.is_index()) {
        count_column(target.classes() + begin, rows, weights, begin);
        continue;
      }
      for (std::int64_t row = 0; row < rows; ++row)
        if (weights[begin + row] != 0)
          count_row(places_.data() + row * columns, target, begin + row, static_cast<double>(weights[begin + row]));
    }
  }
  TREINO_ALWAYS_INLINE void find_places(std::int64_t count) {
    const double bins = static_cast<double>(bins_), last = bins - 1;
    const double* TREINO_RESTRICT parts = parts_.data();
    std::int32_t* TREINO_RESTRICT places = places_.data();
    for (std::int64_t i = 0; i < count; ++i) {
      const double place = parts[i] * bins;
      // Of NaN, which two infinite logits give, a place that count_row knows.
      places[i] = static_cast<std::int32_t>(fast::select(place != place, -1.0, fast::at_most(fast::at_least(place, 0.0), last)));
    }
  }
  /// A score is in the bin of as many thresholds as it is above.
  void find_places_between_thresholds(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto above = std::lower_bound(thresholds_.begin(), thresholds_.end(), parts_[static_cast<std::size_t>(i)]);
      places_[static_cast<std::size_t>(i)] =
          std::isnan(parts_[static_cast<std::size_t>(i)]) ? -1 : static_cast<std::int32_t>(above - thresholds_.begin());
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
  template <class T>
  static void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }
  RocCurve curve(std::size_t column) const {
    const auto bins = static_cast<std::size_t>(bins_);
    if (bins != 0) return {&bin_weights_[2 * column * bins], &bin_weights_[(2 * column + 1) * bins], bins};
    return kept(column, names_.size());
  }
  /// All columns as one.
  RocCurve everything() const {
    if (bins_ == 0) return kept(0, 1);
    const auto bins = static_cast<std::size_t>(bins_);
    summed_bins_.assign(2 * bins, 0.0);
    for (std::size_t i = 0; i < bin_weights_.size(); ++i) summed_bins_[i % (2 * bins)] += bin_weights_[i];
    return {summed_bins_.data(), summed_bins_.data() + bins, bins};
  }
  /// The scores from `begin` on, each `step`th.
  RocCurve kept(std::size_t begin, std::size_t step) const {
    std::vector<std::uint64_t> positive, negative;
    positive.reserve(kept_scores_.size() / step);
    negative.reserve(kept_scores_.size() / step);
    for (std::size_t i = begin; i < kept_scores_.size(); i += step)
      (kept_answers_[i] != 0 ? positive : negative).push_back(sortable(kept_scores_[i], kept_weights_[i / names_.size()]));
    return {std::move(positive), std::move(negative)};
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
  std::vector<float> kept_scores_, kept_weights_;    // samples x columns, samples
  std::vector<std::uint8_t> kept_answers_;           // samples x columns
  std::vector<double> bin_weights_;                  // columns x (positive, negative) x bins
  mutable std::vector<double> summed_bins_;
  std::int64_t rows_at_once_ = 1;
  std::vector<double> parts_;  // of these rows
  std::vector<std::int32_t> places_;
};

/// The best of one ratio over all thresholds at which another one is at least a given number, whose parameter is `least`.
class BestAtMetric : public CurveMetric {
 protected:
  using Ratio = CurvePoint::Ratio (CurvePoint::*)() const;
  BestAtMetric(const Setup& setup, std::string name, Ratio best, const char* least, Ratio constrained)
      : CurveMetric(setup, std::move(name)), best_(best), constrained_(constrained), least_(setup.get<double>(least)) {}

  /// Nothing where one of the ratios is 0/0 even where all samples are predicted as the class; 0 where no threshold is good enough.
  std::optional<double> value(const RocCurve& curve) const override {
    const double positives = curve.positives(), negatives = curve.negatives();
    const CurvePoint everything{positives, negatives, positives, negatives}, nothing{0, 0, positives, negatives};
    if ((everything.*best_)().denominator == 0 || (everything.*constrained_)().denominator == 0) return std::nullopt;
    double best = 0;
    const auto consider = [&](const CurvePoint& point) {
      const CurvePoint::Ratio constrained = (point.*constrained_)();
      if (reaches(constrained.numerator, least_ * constrained.denominator)) best = std::max(best, (point.*best_)().value());
    };
    consider(nothing);
    curve.follow([&](const CurvePoint&, const CurvePoint& here) { consider(here); });
    return best;
  }

 private:
  Ratio best_, constrained_;
  double least_;
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
