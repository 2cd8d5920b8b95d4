// Matrices and vectors on their way from C++ into the contract, for plugins that call others.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <type_traits>

namespace treino {
inline namespace sdk0 {
namespace detail {

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

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
