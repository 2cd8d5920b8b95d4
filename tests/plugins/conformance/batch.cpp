// A batch of a case, from its TOML to tensors as a plugin gets them.
#include "plugins/conformance/batch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "manifest/suggestion.hpp"
#include "plugins/conformance/cases.hpp"

namespace treino::conformance {
namespace {

using manifest::Table;

std::uint32_t code(const std::string& text, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) throw std::runtime_error("'" + text + "' is none of " + manifest::enumerate(names));
  return static_cast<std::uint32_t>(found - names.begin()) + 1;
}

/// The case itself, or the first of its batches.
Table first_batch(const Table& one) { return has(one, "batches") ? tables(one, "batches").at(0) : one; }

std::vector<float> flat(const std::vector<std::vector<double>>& rows) {
  std::vector<float> values;
  for (const auto& row : rows)
    for (const double value : row) values.push_back(static_cast<float>(value));
  return values;
}

double uniform(std::mt19937& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

/// Softmax of uniform numbers.
std::vector<float> distribution(std::int64_t columns, std::mt19937& random) {
  std::vector<double> powers(static_cast<std::size_t>(columns));
  double sum = 0;
  for (double& power : powers) sum += power = std::exp(uniform(random, -1.5, 1.5));
  std::vector<float> row;
  for (const double power : powers) row.push_back(static_cast<float>(power / sum));
  return row;
}

std::vector<float> uniform_row(std::int64_t columns, double low, double high, std::mt19937& random) {
  std::vector<float> row(static_cast<std::size_t>(columns));
  for (float& value : row) value = static_cast<float>(uniform(random, low, high));
  return row;
}

std::vector<float> answers(std::int64_t columns, std::mt19937& random) {
  std::vector<float> row(static_cast<std::size_t>(columns));
  for (float& value : row)
    value = random() % 4 == 0 ? static_cast<float>(uniform(random, 0, 1)) : static_cast<float>(random() % 2);
  return row;
}

std::vector<float> one_hot(std::int64_t columns, std::mt19937& random) {
  std::vector<float> row(static_cast<std::size_t>(columns));
  row[random() % row.size()] = 1;
  return row;
}

void append(std::vector<float>& to, const std::vector<float>& row) { to.insert(to.end(), row.begin(), row.end()); }

template <class T>
std::vector<T> slice(const std::vector<T>& values, std::int64_t begin, std::int64_t end, std::int64_t columns) {
  if (values.empty()) return {};
  return {values.begin() + begin * columns, values.begin() + end * columns};
}

}  // namespace

Problem::Problem(std::uint32_t target_kind, std::uint32_t prediction_kind, bool independent_outputs, std::int64_t output_count,
                 std::int64_t class_count)
    : target(target_kind),
      prediction(prediction_kind),
      independent(independent_outputs),
      outputs(output_count),
      classes(class_count) {}

Problem Problem::of_case(const Table& one) {
  const Table said = table(one, "problem"), batch = first_batch(one);
  const bool rowed = is_rows(batch, "target");
  const auto predictions = rows(batch, "prediction");
  const std::string kind = text(said, "target", rowed ? "values" : "index");
  const auto outputs =
      static_cast<std::int64_t>(number(said, "outputs", predictions.empty() ? 1 : static_cast<double>(predictions[0].size())));
  const double classes = kind == "values" ? 0 : outputs == 1 ? 2 : static_cast<double>(outputs);
  Problem problem(code(kind, {"values", "index", "one_hot"}),
                  code(text(said, "prediction", "values"), {"values", "probabilities", "logits"}),
                  flag(said, "independent", false), outputs, static_cast<std::int64_t>(number(said, "classes", classes)));
  problem.value_columns = static_cast<std::int64_t>(number(said, "target_columns", 0));
  if (has(said, "class_names")) problem.class_names = texts(said, "class_names");
  return problem;
}

treino_problem Problem::info() const {
  borrowed_names_.clear();
  for (const std::string& name : class_names) borrowed_names_.push_back(name.c_str());
  return {sizeof(treino_problem),
          target,
          prediction,
          independent ? 1u : 0u,
          outputs,
          classes,
          64,
          class_names.empty() ? nullptr : borrowed_names_.data(),
          index() ? 1 : target_columns()};
}

std::int64_t Problem::target_columns() const {
  if (index()) return 0;
  if (target == TREINO_TARGET_ONE_HOT) return classes;
  return value_columns == 0 ? outputs : value_columns;
}

Batch Batch::of_case(const Table& one, const Problem& problem) {
  Batch batch;
  const auto predictions = rows(one, "prediction");
  batch.samples = static_cast<std::int64_t>(predictions.size());
  batch.outputs = problem.outputs;
  batch.target_columns = problem.target_columns();
  batch.prediction = flat(predictions);
  if (problem.index()) {
    for (const double label : numbers(one, "target")) batch.labels.push_back(static_cast<std::int32_t>(label));
  } else {
    batch.target = flat(rows(one, "target"));
  }
  if (has(one, "weights"))
    for (const double weight : numbers(one, "weights")) batch.weights.push_back(static_cast<float>(weight));
  if (batch.prediction.size() != static_cast<std::size_t>(batch.samples * batch.outputs) ||
      batch.target.size() != static_cast<std::size_t>(batch.samples * batch.target_columns) ||
      (problem.index() && batch.labels.size() != predictions.size()) ||
      (!batch.weights.empty() && batch.weights.size() != predictions.size()))
    throw std::runtime_error("case '" + text(one, "name") + "': prediction, target and weights do not fit each other");
  return batch;
}

Batch Batch::part(std::int64_t begin, std::int64_t end) const {
  return {end - begin,
          outputs,
          target_columns,
          slice(prediction, begin, end, outputs),
          slice(target, begin, end, target_columns),
          slice(labels, begin, end, 1),
          slice(weights, begin, end, 1)};
}

Ranges Ranges::of(const Table& document) {
  Ranges ranges;
  const Table said = table(document, "random");
  if (has(said, "prediction"))
    ranges.prediction_low = numbers(said, "prediction").at(0), ranges.prediction_high = numbers(said, "prediction").at(1);
  if (has(said, "target")) ranges.target_low = numbers(said, "target").at(0), ranges.target_high = numbers(said, "target").at(1);
  ranges.batches_add_up = flag(said, "batches_add_up", true);
  return ranges;
}

Batch random_batch(const Problem& problem, std::uint32_t takes, bool independent, std::int64_t samples, bool weighted,
                   const Ranges& ranges, std::mt19937& random) {
  Batch batch{samples, problem.outputs, problem.target_columns(), {}, {}, {}, {}};
  const bool probabilities = takes == TREINO_PREDICTION_PROBABILITIES, values = takes == TREINO_PREDICTION_VALUES && !independent;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    append(batch.prediction, probabilities && !independent ? distribution(problem.outputs, random)
                             : probabilities
                                 ? uniform_row(problem.outputs, 0.05, 0.95, random)
                                 : uniform_row(problem.outputs, ranges.prediction_low, ranges.prediction_high, random));
    if (problem.index()) {
      batch.labels.push_back(static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(problem.classes)));
    } else {
      append(batch.target, problem.target == TREINO_TARGET_ONE_HOT ? one_hot(problem.classes, random)
                           : values      ? uniform_row(problem.target_columns(), ranges.target_low, ranges.target_high, random)
                           : independent ? answers(problem.target_columns(), random)
                                         : distribution(problem.target_columns(), random));
    }
    if (weighted) batch.weights.push_back(random() % 5 == 0 ? 0.0f : static_cast<float>(uniform(random, 0.1, 3)));
  }
  return batch;
}

template <class T>
Stored<T>::Stored(const std::vector<T>& values, std::int64_t rows, std::int64_t columns, Layout layout) : shape_{rows, columns} {
  const std::int64_t width = std::max<std::int64_t>(columns, 1);
  std::int64_t row_stride = width, column_stride = 1;
  if (layout == Layout::padded_rows || (layout != Layout::contiguous && columns == 0)) row_stride = width + 3;
  if (layout == Layout::spaced_columns) column_stride = 2, row_stride = 2 * width + 1;
  if (layout == Layout::transposed && columns > 0) column_stride = rows + 2, row_stride = 1;
  const std::int64_t last = std::max<std::int64_t>(rows - 1, 0) * row_stride + (width - 1) * column_stride;
  const T garbage = std::is_floating_point_v<T> ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::max();
  storage_.assign(static_cast<std::size_t>(last + 1), garbage);
  const bool backwards = layout == Layout::reversed;
  strides_[0] = backwards ? -row_stride : row_stride;
  strides_[1] = backwards ? -column_stride : column_stride;
  for (std::int64_t i = 0; i < rows * width; ++i) {
    const std::int64_t at = i / width * row_stride + i % width * column_stride;
    storage_[static_cast<std::size_t>(backwards ? last - at : at)] = values[static_cast<std::size_t>(i)];
  }
  view_.data = storage_.data();
  view_.byte_offset = backwards ? static_cast<std::uint64_t>(last) * sizeof(T) : 0;
  view_.shape = shape_;
  view_.strides = strides_;
  view_.rank = columns == 0 ? 1 : 2;
  view_.type_code = std::is_floating_point_v<T> ? TREINO_DTYPE_FLOAT : TREINO_DTYPE_INT;
  view_.type_bits = 8 * sizeof(T);
  view_.type_lanes = 1;
  view_.device_type = TREINO_DEVICE_CPU;
}

template class Stored<float>;
template class Stored<std::int32_t>;

Views::Views(const Batch& batch, Layout layout)
    : index_(batch.target_columns == 0),
      weighted_(!batch.weights.empty()),
      prediction_(batch.prediction, batch.samples, batch.outputs, layout),
      target_(batch.target, index_ ? 0 : batch.samples, std::max<std::int64_t>(batch.target_columns, 1), layout),
      weights_(batch.weights, weighted_ ? batch.samples : 0, 0, layout),
      labels_(batch.labels, index_ ? batch.samples : 0, 0, layout) {}

}  // namespace treino::conformance
