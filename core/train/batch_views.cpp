// The contract's tensors over arrays that lie elsewhere.
#include "train/batch_views.hpp"

#include <algorithm>

namespace treino::train {

namespace {

treino_tensor view(void* data, const std::int64_t* shape, const std::int64_t* strides, std::uint32_t rank, std::uint8_t code) {
  treino_tensor tensor{};
  tensor.data = data;
  tensor.shape = shape;
  tensor.strides = strides;
  tensor.rank = rank;
  tensor.type_code = code;
  tensor.type_bits = 32;
  tensor.type_lanes = 1;
  tensor.device_type = TREINO_DEVICE_CPU;
  return tensor;
}

}  // namespace

BatchViews::BatchViews(const data::Dataset& dataset, std::int64_t outputs, std::int64_t steps, const data::Targets* target)
    : steps_(steps),
      output_shape_{0, outputs},
      target_shape_{0, (target != nullptr ? target->width : dataset.target_width) / steps},
      row_shape_{0},
      output_strides_{outputs, 1},
      target_strides_{target_shape_[1], 1},
      dataset_(dataset),
      own_target_(target) {
  prediction_ = view(nullptr, output_shape_, output_strides_, 2, TREINO_DTYPE_FLOAT);
  gradient_ = prediction_;
  rows_ = view(nullptr, row_shape_, unit_stride_, 1, TREINO_DTYPE_UINT);
  weights_ = view(nullptr, row_shape_, unit_stride_, 1, TREINO_DTYPE_FLOAT);
  const data::TargetKind kind = target != nullptr ? target->kind : dataset.target_kind;
  target_ = kind == data::TargetKind::index ? view(nullptr, row_shape_, unit_stride_, 1, TREINO_DTYPE_INT)
                                            : view(nullptr, target_shape_, target_strides_, 2, TREINO_DTYPE_FLOAT);
}

void BatchViews::bind(const data::Batch& batch, const float* prediction, float* gradient) {
  output_shape_[0] = target_shape_[0] = row_shape_[0] = batch.count * steps_;
  // The contract has one view for reading and writing; plugins get these as const.
  prediction_.data = const_cast<float*>(prediction);
  gradient_.data = gradient;
  bind_rows(batch);
  weights_.data = const_cast<float*>(batch.weights);
  if (own_target_ != nullptr) return gather_target(batch);
  target_.data =
      batch.classes != nullptr ? static_cast<void*>(const_cast<std::int32_t*>(batch.classes)) : const_cast<float*>(batch.values);
}

void BatchViews::bind_rows(const data::Batch& batch) {
  rows_.data = const_cast<std::uint32_t*>(batch.indices);
  if (dataset_.file_rows.empty() && steps_ == 1) return;
  const auto samples = static_cast<std::size_t>(batch.count), steps = static_cast<std::size_t>(steps_);
  file_rows_.resize(samples * steps);
  for (std::size_t i = 0; i < samples; ++i)
    std::fill_n(file_rows_.data() + i * steps, steps, dataset_.file_row(batch.indices[i]));
  rows_.data = file_rows_.data();
}

/// Batches bring the rows of the dataset's own target alone.
void BatchViews::gather_target(const data::Batch& batch) {
  const auto rows = static_cast<std::size_t>(batch.count), columns = static_cast<std::size_t>(own_target_->columns());
  const auto gather = [&](const auto& from, auto& to) {
    to.resize(std::max(to.size(), rows * columns));
    for (std::size_t i = 0; i < rows; ++i)
      std::copy_n(from.data() + batch.indices[i] * columns, columns, to.data() + i * columns);
    target_.data = to.data();
  };
  if (own_target_->kind == data::TargetKind::index)
    gather(own_target_->classes, classes_);
  else
    gather(own_target_->values, values_);
}

}  // namespace treino::train
