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

bool any_missing(const float* row, std::size_t size) {
  int missing = 0;
  for (std::size_t i = 0; i < size; ++i) missing |= std::isnan(row[i]) ? 1 : 0;  // without a branch, several at once
  return missing != 0;
}

void add_values(const float* row, std::size_t size, Statistics& all) {
  double* const means = all.means.data();
  float* const lowest = all.lowest.data();
  float* const highest = all.highest.data();
  for (std::size_t i = 0; i < size; ++i) {
    const float value = row[i];
    means[i] += static_cast<double>(value);
    lowest[i] = value < lowest[i] ? value : lowest[i];
    highest[i] = value > highest[i] ? value : highest[i];
  }
}

void add_squares(const float* row, std::size_t size, Statistics& all) {
  const double* const means = all.means.data();
  double* const squares = all.squares.data();
  for (std::size_t i = 0; i < size; ++i) {
    const double distance = static_cast<double>(row[i]) - means[i];
    squares[i] += distance * distance;
  }
}

/// Two passes: subtracting the square of a large mean from a large mean of squares would leave rounding only.
Statistics measure(const Dataset& dataset, bool deviations) {
  const auto size = static_cast<std::size_t>(dataset.sample_size());
  Statistics all(size);
  std::int64_t whole_rows = 0;
  each_row(dataset.features, size, [&](const float* row) {
    if (!any_missing(row, size)) {
      ++whole_rows;
      return add_values(row, size, all);
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (std::isnan(row[i])) continue;
      ++all.counts[i];
      all.means[i] += static_cast<double>(row[i]);
      all.lowest[i] = std::min(all.lowest[i], row[i]);
      all.highest[i] = std::max(all.highest[i], row[i]);
    }
  });
  for (std::size_t i = 0; i < size; ++i) all.means[i] /= static_cast<double>(all.counts[i] += whole_rows);
  if (!deviations) return all;
  each_row(dataset.features, size, [&](const float* row) {
    if (!any_missing(row, size)) return add_squares(row, size, all);
    for (std::size_t i = 0; i < size; ++i) {
      if (std::isnan(row[i])) continue;
      const double distance = static_cast<double>(row[i]) - all.means[i];
      all.squares[i] += distance * distance;
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

void fill_missing(float* row, const std::vector<float>& means, const Dataset& dataset) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(dataset.sample_size()); ++i) {
    if (!std::isnan(row[i])) continue;
    if (means.empty())
      throw DataError(fmt::format("feature {} is missing, and no mean is known for it", feature_name(dataset, i)));
    row[i] = means[i];
  }
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
    if (any_missing(row, size)) fill_missing(row, missing_mean, dataset);
    if (scaling == Scaling::scale) {
      for (std::size_t i = 0; i < size; ++i) row[i] = static_cast<float>(row[i] * factor);
    } else if (scaling != Scaling::none) {
      const float* const from = offset.data();
      const float* const by = gain.data();
      for (std::size_t i = 0; i < size; ++i) row[i] = (row[i] - from[i]) * by[i];
    }
  });
}

}  // namespace treino::data
