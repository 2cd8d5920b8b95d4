// Predictions and targets for losses and metrics: out of cases or at random, in memory laid out in any of the ways the contract
// allows.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "manifest/value.hpp"

namespace treino::conformance {

/// treino_problem with what it points to. Of a case: problem = { target, prediction, independent, outputs, classes, class_names,
/// target_columns }, all optional: target is "index" where it is a plain list, else "values"; outputs are the prediction's
/// columns; classes the outputs (2 for a single one), for values 0; prediction "values"; target_columns, of values, the outputs.
class Problem {
 public:
  Problem(std::uint32_t target, std::uint32_t prediction, bool independent, std::int64_t outputs, std::int64_t classes);
  static Problem of_case(const manifest::Table& one);

  treino_problem info() const;
  std::uint32_t target, prediction;
  bool independent;
  std::int64_t outputs, classes;
  std::vector<std::string> class_names;

  bool index() const { return target == TREINO_TARGET_INDEX; }
  std::int64_t value_columns = 0;  // of a target of values; 0: as many as outputs
  /// Columns of the target: 0 for indices.
  std::int64_t target_columns() const;

 private:
  mutable std::vector<const char*> borrowed_names_;
};

struct Batch {
  std::int64_t samples = 0, outputs = 0, target_columns = 0;
  std::vector<float> prediction, target;  // samples x outputs, samples x target_columns
  std::vector<std::int32_t> labels;       // samples, where target_columns is 0
  std::vector<float> weights;             // samples, or none

  /// prediction, target, weights of a case or of one of its batches.
  static Batch of_case(const manifest::Table& one, const Problem& problem);
  Batch part(std::int64_t begin, std::int64_t end) const;
};

/// Where random numbers may lie; [random] in cases.toml (prediction = [low, high], target = [low, high]) sets it for values.
struct Ranges {
  double prediction_low = -3, prediction_high = 3, target_low = -3, target_high = 3;
  bool batches_add_up = true;
  static Ranges of(const manifest::Table& document);
};

/// What the prediction is meant as (`takes` and `independent`) shapes target and prediction: distributions for a choice, parts of
/// 1 for independent questions.
Batch random_batch(const Problem& problem, std::uint32_t takes, bool independent, std::int64_t samples, bool weighted,
                   const Ranges& ranges, std::mt19937& random);

enum class Layout { contiguous, padded_rows, spaced_columns, transposed, reversed };
inline constexpr Layout layouts[] = {Layout::contiguous, Layout::padded_rows, Layout::spaced_columns, Layout::transposed,
                                     Layout::reversed};

/// A tensor in storage of its own, with garbage in the gaps.
template <class T>
class Stored {
 public:
  Stored() = default;
  /// columns 0: a vector.
  Stored(const std::vector<T>& values, std::int64_t rows, std::int64_t columns, Layout layout);
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;
  Stored(Stored&&) = delete;
  const treino_tensor* view() const { return &view_; }

 private:
  std::vector<T> storage_;
  std::int64_t shape_[2] = {0, 0}, strides_[2] = {0, 0};
  treino_tensor view_{};
};

/// A batch as the contract passes it.
class Views {
 public:
  explicit Views(const Batch& batch, Layout layout = Layout::contiguous);
  const treino_tensor* prediction() const { return prediction_.view(); }
  const treino_tensor* target() const { return index_ ? labels_.view() : target_.view(); }
  const treino_tensor* weights() const { return weighted_ ? weights_.view() : nullptr; }

 private:
  bool index_, weighted_;
  Stored<float> prediction_, target_, weights_;
  Stored<std::int32_t> labels_;
};

}  // namespace treino::conformance
