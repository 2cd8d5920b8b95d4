// What is fitted on training data only and applied to everything the model ever sees; saved with the model.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

enum class Scaling { none, standardize, min_max, scale };  // scale: times a constant factor such as 1/255

struct Preparation {
  Scaling scaling = Scaling::none;  // of inputs that differ in it: one that has offsets and gains
  double factor = 1.0;              // Scaling::scale
  std::vector<double> offset;       // per feature: x' = (x - offset) * gain, in double, then rounded to float
  std::vector<double> gain;
  std::vector<double> missing_mean;  // per feature, over the training rows that have it
  std::vector<std::string> class_names;
  Shape sample_shape;
  std::vector<InputShape> inputs;
  // What the training data were like otherwise, so that a trained model needs them no more.
  std::vector<std::string> feature_names, target_names;  // empty where the file named none
  TargetKind target_kind = TargetKind::none;             // none: not recorded, in files of earlier versions
  std::int64_t target_width = 0, target_steps = 1;
  std::vector<Targets> targets;  // further ones, without rows

  /// Constant features get gain 1, so that they become 0 and nothing becomes NaN. Sums in double.
  static Preparation fit(const Dataset& training, Scaling scaling, double factor = 1.0);
  /// `scalings`: of each of the inputs of `training`.
  static Preparation fit(const Dataset& training, const std::vector<Scaling>& scalings, double factor);
  /// Throws DataError when the dataset has another sample shape, other classes or as many targets, or where a value leaves the range of floats. Without
  /// targets, classes are not compared.
  void apply(Dataset& dataset) const;
  /// A dataset without rows that is otherwise like the training data.
  Dataset without_rows() const;
};

}  // namespace treino::data
