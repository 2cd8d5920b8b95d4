// Rows of features that are prepared as they are read.
#pragma once
#include <memory>

#include "data/feature_rows.hpp"
#include "data/preparation.hpp"

namespace treino::data {

/// What Preparation::apply() makes of features that are not in memory.
std::shared_ptr<const FeatureRows> prepared_rows(std::shared_ptr<const FeatureRows> rows, const Preparation& preparation);

}  // namespace treino::data
