#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/dataset.hpp"
#include "data/message.hpp"

namespace treino::data {

namespace {

/// Of each feature, over the rows where it is not missing.
struct Statistics {
  explicit Statistics(std::size_t size)
      : counts(size, 0),
        means(size, 0.0),
        squares(size, 0.0),
        lowest(size, std::numeric_limits<float>::infinity()),
        highest(size, -std::numeric_limits<float>::infinity()) {}

  double deviation(std::size_t i) const { return std::sqrt(squares[i] / static_cast<double>(counts[i])); }

  std::vector<std::int64_t> counts;
  std::vector<double> means, squares;  // squares: sums of the distances' from the mean
  std::vector<float> lowest, highest;
};

/// visit(row) with the first feature of each row.
template <class Features, class Visit>
void each_row(Features& features, std::size_t size, Visit visit) {
  for (std::size_t i = 0; i < features.size(); i += size) visit(features.data() + i);
}

/// Two passes: subtracting the square of a large mean from a large mean of squares would leave rounding only.
Statistics measure(const Dataset& dataset, bool deviations) {
  const auto size = static_cast<std::size_t>(dataset.sample_size());
  Statistics all(size);
  each_row(dataset.features, size, [&](const float* row) {
    for (std::size_t i = 0; i < size;
         ++i) {  // without a branch, so that several features go at once; a NaN is not less than anything
      const float value = row[i];
      const bool missing = std::isnan(value);
      all.counts[i] += missing ? 0 : 1;
      all.means[i] += missing ? 0.0 : static_cast<double>(value);
      all.lowest[i] = value < all.lowest[i] ? value : all.lowest[i];
      all.highest[i] = value > all.highest[i] ? value : all.highest[i];
    }
  });
  for (std::size_t i = 0; i < size; ++i) all.means[i] /= static_cast<double>(all.counts[i]);
  if (!deviations) return all;
  each_row(dataset.features, size, [&](const float* row) {
    for (std::size_t i = 0; i < size; ++i) {
      const double distance = static_cast<double>(row[i]) - all.means[i];
      all.squares[i] += std::isnan(row[i]) ? 0.0 : distance * distance;
    }
  });
  return all;
}

std::string feature_name(const Dataset& dataset, std::size_t feature) {
  return feature < dataset.feature_names.size() ? in_quotes(dataset.feature_names[feature]) : fmt::format("{}", feature);
}

/// 1 / width; 1 where the feature is constant or so narrow that the inverse is out of range.
float inverse(double width) {
  const double gain = 1.0 / width;
  return gain <= std::numeric_limits<float>::max() ? static_cast<float>(gain) : 1.0f;
}

std::string shape_text(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

bool has_classes(const Dataset& dataset) {
  return dataset.target_kind == TargetKind::index || dataset.target_kind == TargetKind::one_hot;
}

}  // namespace

Preparation Preparation::fit(const Dataset& training, Scaling scaling, double factor) {
  if (training.count < 1) throw DataError("no rows to fit the preparation on");
  if (scaling == Scaling::scale && (!std::isfinite(factor) || factor == 0.0)) {
    throw DataError(fmt::format("a scaling factor of {}; expected a finite number other than 0", factor));
  }
  Preparation result;
  result.scaling = scaling;
  result.factor = scaling == Scaling::scale ? factor : 1.0;
  result.class_names = training.class_names;
  result.sample_shape = training.sample_shape;
  const Statistics all = measure(training, scaling == Scaling::standardize);
  for (std::size_t i = 0; i < all.counts.size(); ++i) {
    if (all.counts[i] == 0) {
      throw DataError(fmt::format("feature {} is missing in every training row", feature_name(training, i)));
    }
    result.missing_mean.push_back(static_cast<float>(all.means[i]));
    if (scaling != Scaling::standardize && scaling != Scaling::min_max) continue;
    const float lowest = all.lowest[i], highest = all.highest[i];
    const bool constant = lowest == highest;
    const bool standardize = scaling == Scaling::standardize && !constant;
    result.offset.push_back(standardize ? static_cast<float>(all.means[i]) : lowest);
    const double width = standardize ? all.deviation(i) : static_cast<double>(highest) - lowest;
    result.gain.push_back(constant ? 1.0f : inverse(width));
  }
  return result;
}

void Preparation::apply(Dataset& dataset) const {
  if (dataset.sample_shape != sample_shape) {
    throw DataError(fmt::format("samples of shape {}; the model was trained on {}", shape_text(dataset.sample_shape),
                                shape_text(sample_shape)));
  }
  if (has_classes(dataset) && dataset.class_names != class_names) {
    throw DataError(
        fmt::format("the classes are {}; the model was trained on {}", listed(dataset.class_names), listed(class_names)));
  }
  const auto size = static_cast<std::size_t>(dataset.sample_size());
  each_row(dataset.features, size, [&](float* row) {
    for (std::size_t i = 0; i < size; ++i) {
      if (!std::isnan(row[i])) continue;
      if (missing_mean.empty())
        throw DataError(fmt::format("feature {} is missing, and no mean is known for it", feature_name(dataset, i)));
      row[i] = missing_mean[i];
    }
    if (scaling == Scaling::scale) {
      for (std::size_t i = 0; i < size; ++i) row[i] = static_cast<float>(row[i] * factor);
    } else if (scaling != Scaling::none) {
      for (std::size_t i = 0; i < size; ++i) row[i] = (row[i] - offset[i]) * gain[i];
    }
  });
}

}  // namespace treino::data
