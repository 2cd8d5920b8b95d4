#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/dataset.hpp"
#include "data/message.hpp"

namespace treino::data {

namespace {

/// Of one feature over the rows where it is not missing.
struct Statistics {
  std::int64_t count = 0;
  double sum = 0.0, squares = 0.0;  // squares: of the distances from the mean
  float lowest = std::numeric_limits<float>::infinity(), highest = -std::numeric_limits<float>::infinity();

  double mean() const { return sum / static_cast<double>(count); }
  double deviation() const { return std::sqrt(squares / static_cast<double>(count)); }
};

/// Two passes: subtracting the square of a large mean from a large mean of squares would leave rounding only.
std::vector<Statistics> measure(const Dataset& dataset) {
  const auto size = static_cast<std::size_t>(dataset.sample_size());
  std::vector<Statistics> all(size);
  for (std::size_t i = 0; i < dataset.features.size(); ++i) {
    const float value = dataset.features[i];
    if (std::isnan(value)) continue;
    Statistics& one = all[i % size];
    ++one.count;
    one.sum += value;
    one.lowest = std::min(one.lowest, value);
    one.highest = std::max(one.highest, value);
  }
  for (std::size_t i = 0; i < dataset.features.size(); ++i) {
    Statistics& one = all[i % size];
    if (std::isnan(dataset.features[i])) continue;
    const double distance = dataset.features[i] - one.mean();
    one.squares += distance * distance;
  }
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
  const std::vector<Statistics> all = measure(training);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Statistics& one = all[i];
    if (one.count == 0) throw DataError(fmt::format("feature {} is missing in every training row", feature_name(training, i)));
    result.missing_mean.push_back(static_cast<float>(one.mean()));
    if (scaling != Scaling::standardize && scaling != Scaling::min_max) continue;
    const bool constant = one.lowest == one.highest;
    const bool standardize = scaling == Scaling::standardize && !constant;
    result.offset.push_back(standardize ? static_cast<float>(one.mean()) : one.lowest);
    const double width = standardize ? one.deviation() : static_cast<double>(one.highest) - one.lowest;
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
  for (std::size_t i = 0; i < dataset.features.size(); ++i) {
    float& value = dataset.features[i];
    const std::size_t feature = i % size;
    if (std::isnan(value)) {
      if (missing_mean.empty())
        throw DataError(fmt::format("feature {} is missing, and no mean is known for it", feature_name(dataset, feature)));
      value = missing_mean[feature];
    }
    if (scaling == Scaling::scale) {
      value = static_cast<float>(value * factor);
    } else if (scaling != Scaling::none) {
      value = (value - offset[feature]) * gain[feature];
    }
  }
}

}  // namespace treino::data
