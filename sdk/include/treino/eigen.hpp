// Eigen maps over the host's views, for those who write in Eigen.
#pragma once
#include <Eigen/Core>
#include <treino/detail/span.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

using EigenMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// rows x columns, no copy.
inline auto eigen(const Matrix<const float>& matrix) {
  return Eigen::Map<const EigenMatrix, 0, Eigen::OuterStride<>>(matrix.row(0), matrix.rows(), matrix.columns(),
                                                                Eigen::OuterStride<>(matrix.row_stride()));
}
inline auto eigen(const Matrix<float>& matrix) {
  return Eigen::Map<EigenMatrix, 0, Eigen::OuterStride<>>(matrix.row(0), matrix.rows(), matrix.columns(),
                                                          Eigen::OuterStride<>(matrix.row_stride()));
}

/// As an array, whose operations are element by element, no copy.
inline auto eigen(const Span<const float>& span) { return Eigen::Map<const Eigen::ArrayXf>(span.data(), span.size()); }
inline auto eigen(const Span<float>& span) { return Eigen::Map<Eigen::ArrayXf>(span.data(), span.size()); }

}  // namespace sdk0
}  // namespace treino
