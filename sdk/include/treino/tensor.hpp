// Views of what the host lends for the length of a call: matrices with contiguous rows, targets, weights, tensors of any form.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <treino/detail/language.hpp>
#include <type_traits>

namespace treino {
inline namespace sdk0 {

/// rows x columns; each row is contiguous.
template <class T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(T* data, std::int64_t rows, std::int64_t columns, std::int64_t row_stride)
      : data_(data), rows_(rows), columns_(columns), row_stride_(row_stride) {}
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  std::int64_t row_stride() const { return row_stride_; }
  T* row(std::int64_t row) const { return data_ + row * row_stride_; }
  T& operator()(std::int64_t row, std::int64_t column) const { return data_[row * row_stride_ + column]; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  T* data_ = nullptr;
  std::int64_t rows_ = 0, columns_ = 0, row_stride_ = 0;
};

/// A sample's weight; 1 for all where the manifest gives none.
class Weights {
 public:
  Weights() = default;
  explicit Weights(const float* data) : data_(data) {}
  float operator[](std::int64_t sample) const { return data_ == nullptr ? 1.0f : data_[sample]; }
  explicit operator bool() const { return data_ != nullptr; }
  const float* data() const { return data_; }

 private:
  const float* data_ = nullptr;
};

/// What should have been predicted: class indices, or a matrix of values (one-hot rows included).
class Target {
 public:
  Target() = default;
  explicit Target(const std::int32_t* classes) : classes_(classes) {}
  explicit Target(Matrix<const float> values) : values_(values) {}
  bool is_index() const { return classes_ != nullptr; }
  std::int32_t index(std::int64_t sample) const { return classes_[sample]; }
  const std::int32_t* classes() const { return classes_; }
  const Matrix<const float>& values() const { return values_; }

 private:
  const std::int32_t* classes_ = nullptr;
  Matrix<const float> values_;
};

/// Number of elements of a view.
inline std::int64_t size_of(const treino_tensor& view) {
  std::int64_t size = 1;
  for (std::uint32_t i = 0; i < view.rank; ++i) size *= view.shape[i];
  return size;
}

/// Elements of any view, in row-major order.
template <class T>
class Elements {
 public:
  explicit Elements(const treino_tensor& view) : view_(view), contiguous_(true) {
    constexpr unsigned code = std::is_floating_point_v<T> ? TREINO_DTYPE_FLOAT
                              : std::is_signed_v<T>       ? TREINO_DTYPE_INT
                                                          : TREINO_DTYPE_UINT;
    if (view.type_code != code || view.type_bits != 8 * sizeof(T) || view.type_lanes != 1 ||
        view.device_type != TREINO_DEVICE_CPU)
      throw std::invalid_argument("a tensor of another element type or device than expected");
    std::int64_t expected = 1;
    for (std::uint32_t i = view.rank; i-- > 0;) {
      if (view.shape[i] != 1 && view.strides[i] != expected) contiguous_ = false;
      expected *= view.shape[i];
    }
  }
  bool contiguous() const { return contiguous_; }
  T* data() const { return reinterpret_cast<T*>(static_cast<unsigned char*>(view_.data) + view_.byte_offset); }
  std::int64_t size() const { return size_of(view_); }
  T& operator[](std::int64_t index) const {
    if (contiguous_) return data()[index];
    std::int64_t offset = 0;
    for (std::uint32_t i = view_.rank; i-- > 0;) {
      offset += index % view_.shape[i] * view_.strides[i];
      index /= view_.shape[i];
    }
    return data()[offset];
  }

 private:
  const treino_tensor& view_;
  bool contiguous_;
};

}  // namespace sdk0
}  // namespace treino
