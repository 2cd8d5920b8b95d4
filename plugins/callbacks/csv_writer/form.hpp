// Which columns the file of a problem has, and what stands in them of a sample.
#pragma once
#include <treino/abi.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <treino/kit/text.hpp>
#include <utility>
#include <vector>

#include "batch.hpp"
#include "formula.hpp"
#include "shared/files/csv.hpp"

namespace csv_writer {

using Names = std::vector<std::string>;

/// What the columns are, and a sample's fields in them. Copies what it needs of the problem, for the worker's thread.
class Form {
 public:
  Form(const treino_problem& problem, Names wanted, const Names& formulas, const Names& header_row, char separator)
      : wanted_(std::move(wanted)),
        separator_(separator),
        outputs_(static_cast<std::size_t>(problem.outputs)),
        target_columns_(problem.target == TREINO_TARGET_INDEX ? 0 : static_cast<std::size_t>(problem.target_columns)),
        logits_(problem.prediction == TREINO_PREDICTION_LOGITS),
        margins_(problem.prediction == TREINO_PREDICTION_VALUES && problem.independent != 0),
        independent_(problem.independent != 0 || problem.outputs == 1),
        one_hot_(problem.target == TREINO_TARGET_ONE_HOT) {
    for (std::int64_t i = 0; i < problem.classes; ++i)
      classes_.push_back(problem.class_names == nullptr ? std::to_string(i) : problem.class_names[i]);
    for (const char* column : {"class", "probabilities"})
      if (classes_.empty() && wants(column))
        throw std::invalid_argument(std::string("columns: there is no ") + column +
                                    " to write, since the target is a quantity; take \"outputs\"");
    if (wanted_.empty())
      wanted_ = classes_.empty() ? Names{"row", "target", "outputs"} : Names{"row", "target", "class", "probabilities"};
    for (const std::string& formula : formulas) formulas_.emplace_back(formula, variables());
    header_ = header_row.empty() ? column_names() : header_row;
    if (header_.size() != column_names().size())
      throw std::invalid_argument("header_row names " + std::to_string(header_.size()) + " columns, but " +
                                  std::to_string(column_names().size()) +
                                  " are written: " + treino::csv_line(column_names(), separator_, ""));
  }

  std::string header() const { return treino::csv_line(header_, separator_); }

  Names column_names() const {
    Names names;
    for (const std::string& column : wanted_) {
      if (column == "row" || column == "class") names.push_back(column);
      if (column == "target") add_numbered(names, "target", one_choice() ? 1 : target_columns_);
      if (column == "outputs") add_numbered(names, "output", outputs_);
      if (column == "probabilities")
        for (std::size_t i = 0; i < outputs_; ++i) names.push_back("probability_" + class_name(outputs_ == 1 ? 1 : i));
    }
    for (const Formula& formula : formulas_) names.push_back(formula.name());
    return names;
  }

  std::string lines(const Batch& batch) const {
    std::string text;
    for (std::size_t sample = 0; (sample + 1) * outputs_ <= batch.outputs.size(); ++sample) {
      Names fields;
      const float* outputs = batch.outputs.data() + sample * outputs_;
      const std::vector<double> chances = probabilities(outputs);
      for (const std::string& column : wanted_) {
        if (column == "row") fields.push_back(sample < batch.rows.size() ? std::to_string(batch.rows[sample]) : "");
        if (column == "target") add_target(fields, batch, sample);
        if (column == "class") fields.push_back(answer(outputs));
        for (std::size_t i = 0; column == "outputs" && i < outputs_; ++i)
          fields.push_back(treino::exact_text(static_cast<double>(outputs[i])));
        for (std::size_t i = 0; column == "probabilities" && i < outputs_; ++i)
          fields.push_back(treino::exact_text(static_cast<double>(static_cast<float>(chances[i]))));
      }
      for (const Formula& formula : formulas_)
        fields.push_back(treino::exact_text(
            formula([&](const Formula::Variable& variable) { return value(variable, batch, sample, chances); })));
      text += treino::csv_line(fields, separator_);
    }
    return text;
  }

 private:
  bool wants(const char* column) const { return std::find(wanted_.begin(), wanted_.end(), column) != wanted_.end(); }
  /// Whether a sample's target is one class.
  bool one_choice() const { return target_columns_ == 0 || (one_hot_ && !independent_); }
  std::string class_name(std::size_t index) const { return index < classes_.size() ? classes_[index] : std::to_string(index); }

  /// The values of a sample: row, output (output_0, output_1, ... of several), target and probability likewise.
  std::vector<Formula::Variable> variables() const {
    std::vector<Formula::Variable> all{{Formula::Variable::row, 0, "row"}};
    const auto add = [&](Formula::Variable::Kind kind, const std::string& name, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) all.push_back({kind, i, count == 1 ? name : name + "_" + std::to_string(i)});
    };
    add(Formula::Variable::target, "target", std::max<std::size_t>(1, target_columns_));
    add(Formula::Variable::output, "output", outputs_);
    if (!classes_.empty()) add(Formula::Variable::probability, "probability", outputs_);
    return all;
  }
  /// NaN where the data have no target.
  treino::LuaNumber value(const Formula::Variable& variable, const Batch& batch, std::size_t sample,
                          const std::vector<double>& chances) const {
    switch (variable.kind) {
      case Formula::Variable::row:
        return treino::LuaNumber(std::uint64_t{sample < batch.rows.size() ? batch.rows[sample] : 0});
      case Formula::Variable::output:
        return treino::LuaNumber(static_cast<double>(batch.outputs[sample * outputs_ + variable.index]));
      case Formula::Variable::probability:
        return treino::LuaNumber(static_cast<double>(static_cast<float>(chances[variable.index])));
      case Formula::Variable::target:
        break;
    }
    if (target_columns_ == 0 && sample < batch.classes.size())
      return treino::LuaNumber(static_cast<double>(batch.classes[sample]));
    const std::size_t place = sample * target_columns_ + variable.index;
    return treino::LuaNumber(place < batch.values.size() ? static_cast<double>(batch.values[place]) : std::nan(""));
  }

  void add_numbered(Names& names, const std::string& name, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
      names.push_back(count == 1 ? name : name + "_" + (one_hot_ ? class_name(i) : std::to_string(i)));
  }

  /// Empty where the data have none.
  void add_target(Names& fields, const Batch& batch, std::size_t sample) const {
    const float* values =
        (sample + 1) * target_columns_ <= batch.values.size() ? batch.values.data() + sample * target_columns_ : nullptr;
    if (target_columns_ == 0) {
      fields.push_back(sample < batch.classes.size() ? class_name(static_cast<std::size_t>(batch.classes[sample])) : "");
    } else if (one_choice()) {
      fields.push_back(values == nullptr
                           ? ""
                           : class_name(static_cast<std::size_t>(std::max_element(values, values + target_columns_) - values)));
    } else {
      for (std::size_t i = 0; i < target_columns_; ++i)
        fields.push_back(values == nullptr ? "" : treino::exact_text(static_cast<double>(values[i])));
    }
  }

  std::vector<double> probabilities(const float* outputs) const {
    std::vector<double> chances(outputs, outputs + outputs_);
    if (!logits_) return chances;
    const double largest = *std::max_element(chances.begin(), chances.end());
    double sum = 0;
    for (double& chance : chances) sum += chance = independent_ ? 1 / (1 + std::exp(-chance)) : std::exp(chance - largest);
    if (!independent_)
      for (double& chance : chances) chance /= sum;
    return chances;
  }

  /// The class that metrics count, decided on the outputs themselves, since probabilities of different logits may be equal; of
  /// independent questions those that are answered with yes, with | between them. Empty where an output is NaN.
  std::string answer(const float* outputs) const {
    if (std::any_of(outputs, outputs + outputs_, [](float output) { return std::isnan(output); })) return "";
    const bool signs = logits_ || margins_;  // margins say yes by their sign, as logits do
    const auto yes = [&](std::size_t i) { return outputs[i] > (signs ? 0.0f : 0.5f); };
    if (outputs_ == 1) return class_name(yes(0) ? 1 : 0);
    if (!independent_) return class_name(static_cast<std::size_t>(std::max_element(outputs, outputs + outputs_) - outputs));
    std::string names;
    for (std::size_t i = 0; i < outputs_; ++i)
      if (yes(i)) names += (names.empty() ? "" : "|") + class_name(i);
    return names;
  }

  Names wanted_, classes_, header_;
  std::vector<Formula> formulas_;
  char separator_;
  std::size_t outputs_, target_columns_;  // target_columns_: 0 where the target is an index
  bool logits_, margins_, independent_, one_hot_;
};

}  // namespace csv_writer
