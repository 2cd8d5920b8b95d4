// Views of what the host lends for the length of a call: matrices with contiguous rows, targets, weights.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

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

namespace detail {

/// Rows made contiguous: the view itself where it is so already, else a copy in `scratch`, which grows once to the largest batch.
template <class T>
Matrix<const T> matrix(const treino_tensor& view, std::vector<T>& scratch) {
  const Elements<T> elements(view);
  if (view.rank != 2) throw std::invalid_argument("expected a tensor of rank 2, got rank " + std::to_string(view.rank));
  const std::int64_t rows = view.shape[0], columns = view.shape[1];
  if (columns <= 1 || view.strides[1] == 1) {
    if (columns == 1 || view.strides[1] == 1) return {elements.data(), rows, columns, view.strides[0]};
  }
  scratch.resize(static_cast<std::size_t>(elements.size()) + 1);
  for (std::int64_t i = 0; i < elements.size(); ++i) scratch[static_cast<std::size_t>(i)] = elements[i];
  return {scratch.data(), rows, columns, columns};
}

template <class T>
const T* vector(const treino_tensor& view, std::int64_t expected, std::vector<T>& scratch) {
  const Elements<T> elements(view);
  if (view.rank != 1 || view.shape[0] != expected)
    throw std::invalid_argument("expected a vector with one entry for each of the " + std::to_string(expected) + " samples");
  if (elements.contiguous()) return elements.data();
  scratch.resize(static_cast<std::size_t>(expected));
  for (std::int64_t i = 0; i < expected; ++i) scratch[static_cast<std::size_t>(i)] = elements[i];
  return scratch.data();
}

/// A matrix or vector as the contract passes it, for who calls another plugin.
class MatrixView {
 public:
  template <class T>
  MatrixView(T* data, std::int64_t rows, std::int64_t columns, std::int64_t row_stride) : MatrixView(data, rows) {
    shape_[1] = columns;
    strides_[0] = row_stride;
    view_.rank = 2;
  }
  template <class T>
  MatrixView(T* data, std::int64_t size) : shape_{size, 1}, strides_{1, 1} {
    using Element = std::remove_const_t<T>;
    view_.data = const_cast<Element*>(data);
    view_.rank = 1;
    view_.type_code = std::is_floating_point_v<Element> ? TREINO_DTYPE_FLOAT : TREINO_DTYPE_INT;
    view_.type_bits = 8 * sizeof(Element);
    view_.type_lanes = 1;
    view_.device_type = TREINO_DEVICE_CPU;
  }
  MatrixView(const MatrixView&) = delete;
  MatrixView& operator=(const MatrixView&) = delete;
  const treino_tensor* view() const {
    view_.shape = shape_;
    view_.strides = strides_;
    return &view_;
  }

 private:
  std::int64_t shape_[2], strides_[2];
  mutable treino_tensor view_{};
};

/// The arguments of a loss or a metric, with room for the rare views whose rows are not contiguous.
struct Batch {
  Matrix<const float> prediction;
  Target target;
  Weights weights;

  void bind(const treino_tensor* prediction_view, const treino_tensor* target_view, const treino_tensor* weight_view) {
    prediction = matrix<float>(*prediction_view, prediction_scratch_);
    const std::int64_t samples = prediction.rows();
    if (target_view->rank == 1) {
      static const std::int32_t none = 0;
      const std::int32_t* classes = vector<std::int32_t>(*target_view, samples, class_scratch_);
      target = Target(classes == nullptr ? &none : classes);
    } else {
      target = Target(matrix<float>(*target_view, target_scratch_));
      if (target.values().rows() != samples)
        throw std::invalid_argument("prediction and target differ in their number of samples");
    }
    weights = weight_view == nullptr ? Weights() : Weights(vector<float>(*weight_view, samples, weight_scratch_));
  }

 private:
  std::vector<float> prediction_scratch_, target_scratch_, weight_scratch_;
  std::vector<std::int32_t> class_scratch_;
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
