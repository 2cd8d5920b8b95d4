// What scaling is fitted on the training rows, and how it is applied: in double, so that a large mean leaves no rounding.
#include "data/preparation.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <utility>

#include "data/dataset.hpp"
#include "data/feature_rows.hpp"
#include "data/large_array.hpp"
#include "data/message.hpp"
#include "data/preparation_check.hpp"
#include "data/prepared_rows.hpp"
#include "data/scaler.hpp"

namespace treino::data {

namespace {

using Eigen::ArrayXd;

/// Statistics of each feature, over the rows where it is not missing.
struct Statistics {
  explicit Statistics(Eigen::Index size)
      : counts(ArrayXd::Zero(size)),
        means(ArrayXd::Zero(size)),
        squares(ArrayXd::Zero(size)),
        lowest(ArrayXd::Constant(size, std::numeric_limits<double>::infinity())),
        highest(-lowest) {}

  ArrayXd counts, means, squares, lowest, highest;  // squares: sums of the distances' from the mean
};

/// visit(row, its number) for each row, wherever they are.
template <class Number, class Visit>
void each_row(const Dataset& dataset, const std::vector<Number>& features, Visit visit) {
  const auto size = static_cast<std::size_t>(dataset.sample_size());
  const auto visit_all = [&](std::span<const Number> numbers, std::size_t first) {
    for (std::size_t i = 0; i < numbers.size() / size; ++i)
      visit(Row<Number>(numbers.data() + i * size, static_cast<Eigen::Index>(size)), first + i);
  };
  if (dataset.stored)
    each_chunk<Number>(dataset, visit_all);
  else
    visit_all(features, 0);
}

/// Two passes: subtracting the square of a large mean from a large mean of squares would leave rounding only.
template <class Number>
Statistics measure(const Dataset& dataset, const std::vector<Number>& features, bool deviations) {
  Statistics all(static_cast<Eigen::Index>(dataset.sample_size()));
  double whole_rows = 0;
  each_row(dataset, features, [&](const Row<Number>& row, std::size_t) {
    const bool whole = !row.isNaN().any();
    whole_rows += whole ? 1 : 0;
    if (whole) {
      all.means += row.template cast<double>();
    } else {
      all.counts += (!row.isNaN()).template cast<double>();
      all.means += row.isNaN().select(0, row).template cast<double>();
    }
    // NaN compares false.
    all.lowest = (row.template cast<double>() < all.lowest).select(row.template cast<double>(), all.lowest);
    all.highest = (row.template cast<double>() > all.highest).select(row.template cast<double>(), all.highest);
  });
  all.counts += whole_rows;
  all.means /= all.counts;
  if (!deviations) return all;
  each_row(dataset, features, [&](const Row<Number>& row, std::size_t) {
    if (row.isNaN().any()) {
      all.squares += row.isNaN().select(0, (row.template cast<double>() - all.means).square());
    } else {
      all.squares += (row.template cast<double>() - all.means).square();
    }
  });
  return all;
}

Statistics measure(const Dataset& dataset, bool deviations) {
  const bool doubles = dataset.stored ? dataset.stored->are_doubles() : !dataset.doubles.empty();
  return doubles ? measure(dataset, dataset.doubles, deviations) : measure(dataset, dataset.features, deviations);
}

/// 1 / width; 1 where the inverse is out of range.
double inverse(double width) {
  const double gain = 1.0 / width;
  return std::isfinite(gain) ? gain : 1.0;
}

}  // namespace

Preparation Preparation::fit(const Dataset& training, const std::vector<Scaling>& scalings, double factor) {
  const bool alike = std::adjacent_find(scalings.begin(), scalings.end(), std::not_equal_to<>()) == scalings.end();
  if (alike) return fit(training, scalings.front(), factor);
  // All that a feature's scaling is becomes its offset and gain.
  Preparation result = fit(training, Scaling::standardize);
  const Preparation min_max = fit(training, Scaling::min_max);
  std::size_t first = 0;
  for (std::size_t k = 0; k < scalings.size(); ++k) {
    const std::size_t last = first + static_cast<std::size_t>(training.inputs[k].size());
    for (std::size_t i = first; i < last; ++i) {
      if (scalings[k] == Scaling::standardize) continue;
      result.offset[i] = scalings[k] == Scaling::min_max ? min_max.offset[i] : 0.0;
      result.gain[i] = scalings[k] == Scaling::min_max ? min_max.gain[i] : scalings[k] == Scaling::scale ? factor : 1.0;
    }
    first = last;
  }
  return result;
}

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
  result.inputs = training.inputs;
  result.feature_names = training.feature_names;
  result.target_names = training.target_names;
  result.target_kind = training.target_kind;
  result.target_width = training.target_width;
  result.target_steps = training.target_steps;
  for (const Targets& target : training.targets)
    result.targets.push_back({target.kind, target.width, target.steps, {}, {}, target.class_names, target.names});
  const Statistics all = measure(training, scaling == Scaling::standardize);
  for (Eigen::Index i = 0; i < all.counts.size(); ++i) {
    if (all.counts[i] == 0) {
      throw DataError(fmt::format("feature {} is missing in every training row",
                                  feature_name(training.feature_names, static_cast<std::size_t>(i))));
    }
    result.missing_mean.push_back(all.means[i]);
    if (scaling != Scaling::standardize && scaling != Scaling::min_max) continue;
    const double lowest = all.lowest[i], highest = all.highest[i];
    const bool constant = lowest == highest;
    const bool standardize = scaling == Scaling::standardize && !constant;
    result.offset.push_back(standardize ? all.means[i] : lowest);
    const double width = standardize ? std::sqrt(all.squares[i] / all.counts[i]) : highest - lowest;
    result.gain.push_back(constant ? 1.0 : inverse(width));
  }
  return result;
}

void Preparation::apply(Dataset& dataset) const {
  check_like_training(dataset, *this);
  if (dataset.stored) {
    dataset.stored = prepared_rows(std::move(dataset.stored), *this);
    return;
  }
  const auto size = static_cast<std::size_t>(dataset.sample_size());
  const bool doubles = !dataset.doubles.empty();
  if (doubles) {
    reserve_large(dataset.features, dataset.doubles.size());
    dataset.features.resize(dataset.doubles.size());
  }
  Scaler scaler(*this);
  const auto scale_all = [&](const auto& features) {
    each_row(dataset, features, [&](const auto& from, std::size_t row) {
      scaler.scale(from, dataset.file_row(row), dataset.features.data() + row * size);
    });
  };
  doubles ? scale_all(dataset.doubles) : scale_all(dataset.features);
  dataset.doubles = {};
}

Dataset Preparation::without_rows() const {
  Dataset result;
  result.sample_shape = sample_shape;
  result.inputs = inputs;
  result.feature_names = feature_names;
  result.target_names = target_names;
  result.target_kind = target_kind;
  result.target_width = target_width;
  result.target_steps = target_steps;
  result.class_names = class_names;
  result.targets = targets;
  return result;
}

}  // namespace treino::data
