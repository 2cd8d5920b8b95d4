// The model knows a sample by its place in the batch, the data set by its row in the file.
#include "train/forward.hpp"

#include <string>

#include "nn/sample_error.hpp"

namespace treino::train {

std::span<const float> forward(nn::Model& model, const data::Dataset& dataset, const data::Batch& batch, nn::Mode mode,
                               std::uint64_t step) {
  try {
    return model.forward(batch.features, batch.count, mode, step);
  } catch (const nn::SampleError& error) {
    const std::uint64_t row = dataset.file_row(batch.indices[error.row()]);
    throw data::DataError("row " + std::to_string(row + 1) + ": " + error.what());
  }
}

}  // namespace treino::train
