// From target columns as a file holds them to classes, one-hot rows or values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/dataset.hpp"
#include "data/raw_targets.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Fills the dataset's target fields from `raw`, which is used up. Throws DataError.
void build_targets(RawTargets& raw, const Source& source, Dataset& dataset);

}  // namespace treino::data
