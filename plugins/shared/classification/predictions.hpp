// What a classifier answers to a sample, and what would have been right: the base of every metric that counts answers.
#pragma once
#include <algorithm>
#include <treino/kit/fast_math.hpp>
#include <treino/metric.hpp>

#include "shared/classification/sample_tile.hpp"

namespace treino {
inline namespace sdk0 {

/// What a ratio is where nothing could be divided: the parameter zero_division, "0", "1" or "nan", or the numbers 0 and 1.
inline double zero_division(const Setup& setup) {
  const treino_value& value = setup.value("zero_division");
  if (value.type == TREINO_INT) return static_cast<double>(value.as.integer);
  const std::string text(value.as.text, value.count);
  return text == "nan" ? std::numeric_limits<double>::quiet_NaN() : text == "1" ? 1 : 0;
}

/// Throws std::invalid_argument with the fix, naming `metric`, where this is no classification.
inline void expect_classes(const Problem& problem, const std::string& metric) {
  if (problem.target_is_values() && !problem.independent())
    throw std::invalid_argument(metric +
                                " counts classes, the target is values: take a metric of values such as mae, or, where the " +
                                "values are 0 and 1, the loss binary_cross_entropy or target_kind = \"index\"");
  if (problem.target_is_values()) problem.expect_an_output_a_column();
  if (!problem.target_is_values() && problem.classes() > std::max<std::int64_t>(2, problem.outputs()))
    throw std::invalid_argument(metric + ": the data have " + std::to_string(problem.classes()) + " classes, the model has " +
                                std::to_string(problem.outputs()) + (problem.outputs() == 1 ? " output" : " outputs") +
                                ": give it one for each class");
}

/// Whether the outputs are margins, as the losses hinge and squared_hinge take them: values whose sign answers a yes/no question
/// each, and which no probability belongs to.
inline bool predicts_margins(const Problem& problem) { return problem.predicts_values() && problem.independent(); }

/// Whether each output is a yes/no question of its own with its own column of the target, so that classes may hold together.
inline bool hold_together(const Problem& problem) { return problem.outputs() > 1 && problem.target_is_values(); }

/// The index of the largest element, the first of several; where some are NaN, any index.
inline std::int64_t largest(const float* row, std::int64_t count) {
  // std::max_element waits for each comparison before the next: short rows only.
  if (count < 64) return std::max_element(row, row + count) - row;
  constexpr std::int64_t block = 64;
  std::int64_t begin = 0;
  float most = row[0];
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    most = fast::max(row, count);
    const auto lacks_it = [&](std::int64_t at) TREINO_ALWAYS_INLINE {
      std::int32_t found = 0;
      for (std::int64_t i = 0; i < block; ++i) found |= static_cast<std::int32_t>(row[at + i] == most);
      return found == 0;
    };
    while (begin + block <= count && lacks_it(begin)) begin += block;
  });
  const float* found = std::find(row + begin, row + count, most);
  return found == row + count ? 0 : found - row;
}

/// The class that a sample is of. Of a single column of values, class 1 above 0.5, which tells 0 from 1 as well as -1 from 1.
/// Throws std::domain_error where that is none of `classes`.
inline std::int64_t class_of(const Target& target, std::int64_t sample, std::int64_t classes) {
  if (!target.is_index()) {
    const float* row = target.values().row(sample);
    if (target.values().columns() == 1) return row[0] > 0.5f;
    return largest(row, std::min(target.values().columns(), classes));
  }
  const std::int64_t label = target.index(sample);
  if (label < 0 || label >= classes)
    throw std::domain_error("target of sample " + std::to_string(sample) + " is class " + std::to_string(label) + " of " +
                            std::to_string(classes));
  return label;
}

/// What an answer is follows from the problem:
///   one output          class 1 where it exceeds the threshold, else class 0; of margins, where it exceeds 0
///   outputs of choice   the largest one's class; with a threshold, of two classes, class 1 where its probability exceeds that;
///                       with top_k, the classes of the k largest ones; of these, with a threshold as well, those whose probability exceeds it
///   independent outputs with rows of values: a yes/no answer each, classes that may hold together; with top_k, yes for the k
///                       largest ones, with a threshold as well for those of them that exceed it
class Answers {
 public:
  explicit Answers(std::optional<double> threshold = std::nullopt, std::optional<std::int64_t> top_k = std::nullopt)
      : threshold_(threshold), top_k_(top_k) {}

  /// Throws std::invalid_argument with the fix, naming `metric`, where this is no classification or the threshold means nothing.
  void prepare(const Problem& problem, const std::string& metric) {
    expect_classes(problem, metric);
    const std::int64_t outputs = problem.outputs();
    const bool yes_or_no = outputs == 1, together = hold_together(problem);
    const bool two = outputs == 2 && !together && !problem.independent() && !problem.predicts_values();
    const bool margins = predicts_margins(problem);
    if (threshold_ && margins)
      throw std::invalid_argument(metric +
                                  ": threshold is a probability, and the loss takes the outputs for margins, of which those " +
                                  "above 0 say yes: leave it out");
    if (threshold_ && !top_k_ && !yes_or_no && !together && !two)
      throw std::invalid_argument(metric + ": threshold has no meaning for a choice among " + std::to_string(outputs) +
                                  " outputs, where the largest one wins: leave it out");
    if (threshold_ && top_k_ && problem.predicts_values())
      throw std::invalid_argument(metric +
                                  ": threshold is a probability, and the outputs are plain values: leave it out, or end the " +
                                  "model with softmax or sigmoid");
    if (top_k_ && yes_or_no)
      throw std::invalid_argument(metric + ": top_k is of an output for each class, and the model has one output: leave it out");
    if (top_k_ && *top_k_ > outputs)
      throw std::invalid_argument(metric + ": top_k = " + std::to_string(*top_k_) + " of " + std::to_string(outputs) +
                                  " outputs: there are no more than that");
    mode_ = yes_or_no ? Mode::yes_or_no : together ? Mode::together : two && threshold_ && !top_k_ ? Mode::two : Mode::choice;
    logits_ = problem.predicts_logits();
    const double threshold = threshold_.value_or(0.5);
    // The logit of the threshold saves a sigmoid of every output; a float's neighborhood is no more than the threshold itself.
    cutoff_ = margins ? 0 : logits_ ? std::log(threshold / (1 - threshold)) : static_cast<double>(static_cast<float>(threshold));
    classes_ = std::max<std::int64_t>(2, outputs);
    names_.clear();
    for (std::int64_t label = 0; label < classes_; ++label)
      names_.push_back(label < problem.classes() ? problem.class_name(label) : std::to_string(label));
    if (top_k_) order_.resize(static_cast<std::size_t>(outputs));
  }

  /// Throws std::invalid_argument with the fix where a sample may be of several classes.
  void expect_one(const std::string& metric) const {
    if (together())
      throw std::invalid_argument(metric +
                                  " is of one class a sample, and here classes may hold together: take f1, precision or " +
                                  "recall, with average = \"macro\" say");
  }

  std::int64_t classes() const { return classes_; }
  const std::string& class_name(std::int64_t label) const { return names_[static_cast<std::size_t>(label)]; }
  bool together() const { return mode_ == Mode::together; }
  /// Two classes of which a sample has one.
  bool binary() const { return classes_ == 2 && !together(); }
  std::optional<std::int64_t> top_k() const { return top_k_; }
  /// The answer is the largest of so few outputs that samples are best looked at side by side.
  bool largest_of_few() const { return mode_ == Mode::choice && !top_k_ && classes_ <= few_columns; }

  /// The class that is answered; not where classes hold together.
  std::int64_t answer(const float* row) const {
    if (mode_ == Mode::yes_or_no) return row[0] > cutoff_;
    if (mode_ == Mode::two) return (logits_ ? static_cast<double>(row[1]) - static_cast<double>(row[0]) : row[1]) > cutoff_;
    return largest(row, classes_);
  }
  /// The answer to one question of several.
  bool yes(const float* row, std::int64_t label) const { return static_cast<double>(row[label]) > cutoff_; }
  /// The classes in the order of their outputs, the largest k first, of equal ones the first; valid until the next call.
  const std::int64_t* best(const float* row) {
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<std::int64_t>(i);
    const auto score = [row](std::int64_t at) { return std::isnan(row[at]) ? -std::numeric_limits<float>::infinity() : row[at]; };
    std::partial_sort(order_.begin(), order_.begin() + *top_k_, order_.end(),
                      [&](std::int64_t a, std::int64_t b) { return score(a) > score(b) || (score(a) == score(b) && a < b); });
    return order_.data();
  }
  /// How many of best(row) are answered: top_k, or fewer where a threshold is given as well.
  std::int64_t answered(const float* row) const {
    if (!threshold_) return *top_k_;
    const bool choice = mode_ == Mode::choice && logits_;
    double least = cutoff_;
    if (choice) {  // p > threshold: output > log(threshold) + log(sum of exp(output))
      const auto top = static_cast<double>(row[order_.front()]);
      double sum = 0;
      for (const std::int64_t label : order_) sum += std::exp(static_cast<double>(row[label]) - top);
      least = std::log(*threshold_) + top + std::log(sum);
    }
    std::int64_t count = 0;
    while (count<*top_k_&& static_cast<double>(row[order_[static_cast<std::size_t>(count)]])> least) ++count;
    return count;
  }

 private:
  enum class Mode { yes_or_no, two, choice, together };

  std::optional<double> threshold_;
  std::optional<std::int64_t> top_k_;
  Mode mode_ = Mode::choice;
  bool logits_ = false;
  double cutoff_ = 0.5;
  std::int64_t classes_ = 0;
  std::vector<std::string> names_;
  std::vector<std::int64_t> order_;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_THRESHOLD_TOML).
#define TREINO_THRESHOLD_TOML \
  "\n"                        \
  "[parameters.threshold]\n"  \
  "type = \"float\"\n"        \
  "min = 0.0\n"               \
  "max = 1.0\n"               \
  "doc = \"probability above which an output counts as yes; 0.5 where it is not given\"\n"
#define TREINO_ZERO_DIVISION_TOML(fallback, what) \
  "\n"                                            \
  "[parameters.zero_division]\n"                  \
  "type = \"string\"\n"                           \
  "or = \"int\"\n"                                \
  "default = \"" fallback                         \
  "\"\n"                                          \
  "min = 0\n"                                     \
  "max = 1\n"                                     \
  "choices = [\"0\", \"1\", \"nan\"]\n"           \
  "doc = \"" what "\"\n"
#define TREINO_CLASS_ID_TOML \
  "\n"                       \
  "[parameters.class_id]\n"  \
  "type = \"int\"\n"         \
  "min = 0\n"                \
  "doc = \"value of this class alone (counted from 0) instead of an average\"\n"
