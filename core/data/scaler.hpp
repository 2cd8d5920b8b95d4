// What a Preparation makes of rows, one at a time.
#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <string>

#include "data/dataset.hpp"
#include "data/preparation.hpp"

namespace treino::data {

template <class Number>
using Row = Eigen::Map<const Eigen::Array<Number, Eigen::Dynamic, 1>>;

/// Of a feature, for errors: in quotes, or its number.
std::string feature_name(const std::vector<std::string>& names, std::size_t feature);

/// Scales rows in double, so that a large mean leaves no rounding.
class Scaler {
 public:
  /// `preparation` outlives it.
  explicit Scaler(const Preparation& preparation);

  /// To where the row's floats are to stand, which may be where it comes from. Throws DataError, which names the row by its number in
  /// the file. Number: float, double.
  template <class Number>
  void scale(const Row<Number>& from, std::uint32_t file_row, float* to);

 private:
  void fill_missing();
  [[noreturn]] void refuse(std::uint32_t file_row) const;

  const Preparation& preparation_;
  Eigen::ArrayXd row_;
};

}  // namespace treino::data
