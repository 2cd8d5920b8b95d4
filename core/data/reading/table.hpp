// What every reader hands over, whatever the format.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/feature_values.hpp"
#include "data/raw_targets.hpp"

namespace treino::data {

struct Features {
  std::int64_t count = 0;
  Shape shape;  // of one sample
  std::vector<InputShape> inputs;
  FeatureValues values;  // count x shape; NaN where missing and to be filled with the mean
  bool doubles = false;  // of features that were only checked: floats would be other numbers
  std::vector<std::string> names;
};

struct Table {
  Features features;                  // unless targets alone are asked for
  RawTargets targets;                 // width 0: none
  std::vector<std::uint8_t> dropped;  // a row: not 0 where it is to be skipped; empty: none is
};

}  // namespace treino::data
