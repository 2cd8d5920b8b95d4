// Whether weights and outputs are finite: a model that holds NaN is not worth keeping, and nobody sees it in a file.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "train/backend.hpp"

namespace treino::train {

class Run;

bool all_finite(std::span<const float> values);

/// Of `values`, rows of `width` values each: those that hold NaN or an infinity.
std::uint64_t count_bad_rows(std::span<const float> values, std::size_t width);

/// The name of a parameter that is NaN or infinite in the set, or, where that is null, among the weights being trained; "" where
/// all are finite.
std::string damaged_weights(ModelBackend& backend, ModelBackend::WeightSet* set);

/// Says, once for a run, that the loss of the present batch is NaN.
void warn_of_nan_loss(Run& run);

}  // namespace treino::train
