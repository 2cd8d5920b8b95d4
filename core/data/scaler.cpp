// Missing values first: what stands for them is scaled as the others are.
#include "data/scaler.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "data/message.hpp"

namespace treino::data {

std::string feature_name(const std::vector<std::string>& names, std::size_t feature) {
  return feature < names.size() ? in_quotes(names[feature]) : fmt::format("{}", feature);
}

Scaler::Scaler(const Preparation& preparation)
    : preparation_(preparation), row_(static_cast<Eigen::Index>(element_count(preparation.sample_shape, "the model"))) {}

template <class Number>
void Scaler::scale(const Row<Number>& from, std::uint32_t file_row, float* to) {
  row_ = from.template cast<double>();
  if (row_.isNaN().any()) fill_missing();
  if (preparation_.scaling == Scaling::scale) {
    row_ *= preparation_.factor;
  } else if (preparation_.scaling != Scaling::none) {
    row_ = (row_ - Row<double>(preparation_.offset.data(), row_.size())) * Row<double>(preparation_.gain.data(), row_.size());
  }
  if (!(row_.abs() <= double{std::numeric_limits<float>::max()}).all()) refuse(file_row);
  Eigen::Map<Eigen::ArrayXf>(to, row_.size()) = row_.cast<float>();
}

template void Scaler::scale<float>(const Row<float>&, std::uint32_t, float*);
template void Scaler::scale<double>(const Row<double>&, std::uint32_t, float*);

void Scaler::fill_missing() {
  for (Eigen::Index i = 0; i < row_.size(); ++i) {
    if (!std::isnan(row_[i])) continue;
    if (preparation_.missing_mean.empty())
      throw DataError(fmt::format("feature {} is missing, and no mean is known for it",
                                  feature_name(preparation_.feature_names, static_cast<std::size_t>(i))));
    row_[i] = preparation_.missing_mean[static_cast<std::size_t>(i)];
  }
}

void Scaler::refuse(std::uint32_t file_row) const {
  Eigen::Index i = 0;
  while (std::abs(row_[i]) <= double{std::numeric_limits<float>::max()}) ++i;
  throw DataError(fmt::format("row {}, feature {}: becomes {} by scaling, beyond the range of 32-bit floats",
                              std::uint64_t{file_row} + 1, feature_name(preparation_.feature_names, static_cast<std::size_t>(i)),
                              row_[i]));
}

}  // namespace treino::data
