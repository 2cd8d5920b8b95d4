// A batch as losses, metrics and callbacks see it.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/batches/batches.hpp"

namespace treino::train {

/// The tensors of one batch, as the contract shows them: of an output that is a sequence, each step of a sample is a row of its own.
class BatchViews {
 public:
  /// `outputs`: of a row; `steps`: rows of a sample. `target`: one of the dataset's further ones, in place of its own.
  BatchViews(const data::Dataset& dataset, std::int64_t outputs, std::int64_t steps, const data::Targets* target = nullptr);
  void bind(const data::Batch& batch, const float* prediction, float* gradient);
  const treino_tensor& prediction() const { return prediction_; }
  const treino_tensor& target() const { return target_; }
  const treino_tensor& rows() const { return rows_; }
  const treino_tensor& gradient() const { return gradient_; }
  const treino_tensor* weights() const { return weights_.data == nullptr ? nullptr : &weights_; }
  bool has_target() const { return target_.data != nullptr; }
  /// The gradient's numbers, of the batch.
  std::span<float> gradients() const {
    return {static_cast<float*>(gradient_.data), static_cast<std::size_t>(output_shape_[0] * output_shape_[1])};
  }

 private:
  std::int64_t steps_, output_shape_[2], target_shape_[2], row_shape_[1];
  std::int64_t output_strides_[2], target_strides_[2], unit_stride_[1] = {1};
  treino_tensor prediction_{}, target_{}, rows_{}, gradient_{}, weights_{};
  void bind_rows(const data::Batch& batch);
  void gather_target(const data::Batch& batch);

  const data::Dataset& dataset_;
  const data::Targets* own_target_;
  std::vector<std::int32_t> classes_;     // of the batch, of such a target
  std::vector<float> values_;             // likewise
  std::vector<std::uint32_t> file_rows_;  // of the batch, where they are not the dataset's, or each is several
};

/// Of each of the model's outputs that losses look at, the last layer's first.
using Views = std::span<const BatchViews* const>;

}  // namespace treino::train
