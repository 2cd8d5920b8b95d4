// Samples that a program hands over, where others name a file.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

struct Source;

struct InMemory {
  std::string name;  // for errors: "the training data"
  std::int64_t count = 0;
  Shape sample_shape;
  std::vector<float> features;                // count x sample_shape; NaN: missing
  std::int64_t target_width = 0;              // 0: there is no target
  TargetKind target_kind = TargetKind::none;  // where the manifest does not say; none: found out
  std::vector<double> targets;                // count x target_width; classes by their numbers
  std::vector<std::string> class_names;       // of class 0, 1, ...; empty: the numbers
  std::vector<std::string> feature_names;     // empty: none
};

/// The source whose reader gives what `source.memory` holds; what names columns of files is left out.
Source source_in_memory(const Source& source);

}  // namespace treino::data
