// Whether data are of the form of those that a preparation was fitted on.
#pragma once
#include "data/preparation.hpp"

namespace treino::data {

/// Throws DataError where `dataset` has samples of another shape, other classes, or another number of targets for each sample.
void check_like_training(const Dataset& dataset, const Preparation& training);

}  // namespace treino::data
