// The model's forward on a batch of a data set.
#pragma once
#include <cstdint>
#include <span>

#include "data/batches/batches.hpp"
#include "nn/model.hpp"

namespace treino::train {

/// As Model::forward. Throws data::DataError with the row in the file where a sample cannot be computed.
std::span<const float> forward(nn::Model& model, const data::Dataset& dataset, const data::Batch& batch, nn::Mode mode,
                               std::uint64_t step = 0);

}  // namespace treino::train
