// Samples side by side in vectors: a class is a column of sixteen logits, so that no loop runs over few classes.
#include "few_classes.hpp"

#include <algorithm>
#include <cmath>
#include <treino/kit/fast_math.hpp>

#include "shared/classification/sample_tile.hpp"
#include "shared/losses/softmax.hpp"

namespace cross_entropy {
namespace {

/// Of the samples whose class is sure, the others' sum without it, and the cost of that: the class's exponential is 1 then.
void look_closer(const treino::SampleTile& exponentials, const std::int32_t* labels, std::int64_t classes, const double* shares,
                 const double* denominators, double* others, double* terms) {
  for (std::int64_t s = 0; s < treino::samples_side_by_side; ++s) {
    if (!treino::is_sure(others[s], denominators[s])) continue;
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) sum += c == labels[s] ? 0 : static_cast<double>(exponentials.column(c)[s]);
    others[s] = sum;
    if (shares[s] != 0) terms[s] = shares[s] * std::log1p(sum);
  }
}

/// Of sixteen samples from `first` on.
TREINO_ALWAYS_INLINE inline double of_tile(const treino::Matrix<const float>& prediction, const treino::Target& target,
                                           const treino::Weights& weights, std::int64_t first, const Classes& of,
                                           const treino::Matrix<float>& gradient, double scale) {
  constexpr std::int64_t samples = treino::samples_side_by_side;
  const std::int64_t classes = prediction.columns(), count = std::min(samples, prediction.rows() - first);
  alignas(64) double shares[samples] = {};  // 0: nothing of the sample is looked at
  alignas(64) std::int32_t labels[samples] = {};
  for (std::int64_t s = 0; s < count; ++s) {
    if (weights[first + s] == 0 || of.ignored(target, first + s)) continue;
    labels[s] = target.index(first + s);
    shares[s] = static_cast<double>(weights[first + s]) * of.weight[static_cast<std::size_t>(labels[s])];
  }
  treino::SampleTile logits;
  logits.take(prediction, first);
  alignas(64) float label_values[samples], factors[samples];  // label_values: the logit of the class, then its exponential
  alignas(64) double others[samples] = {}, denominators[samples] = {}, terms[samples], label_gradients[samples];
  const treino::SampleTile::Largest tops = logits.largest(classes);
  for (std::int64_t s = 0; s < samples; ++s) label_values[s] = logits.column(labels[s])[s];
  for (std::int64_t s = 0; s < samples; ++s) terms[s] = static_cast<double>(label_values[s]) - static_cast<double>(tops.value[s]);
  for (std::int64_t c = 0; c < classes; ++c) {
    float* TREINO_RESTRICT column = logits.column(c);
    for (std::int64_t s = 0; s < samples; ++s) {
      column[s] = treino::fast::exp_of_difference(column[s], tops.value[s]);
      denominators[s] += static_cast<double>(column[s]);
    }
  }
  for (std::int64_t s = 0; s < samples; ++s) label_values[s] = logits.column(labels[s])[s];
  std::int64_t sure = 0;  // as wide as what is compared, for vectors
  for (std::int64_t s = 0; s < samples; ++s) {
    others[s] = denominators[s] - static_cast<double>(label_values[s]);
    sure |= static_cast<std::int64_t>(treino::is_sure(others[s], denominators[s]));
  }
  for (std::int64_t s = 0; s < samples; ++s) {
    const double term = shares[s] * (treino::fast::log(denominators[s]) - terms[s]);
    terms[s] = treino::fast::select(shares[s] != 0, term, 0.0);  // where it is NaN, too
  }
  if (sure != 0) look_closer(logits, labels, classes, shares, denominators, others, terms);
  const double sum = treino::fast::sum(terms, samples);
  if (!gradient) return sum;
  for (std::int64_t s = 0; s < samples; ++s) {
    const double factor = scale * shares[s] / denominators[s];
    factors[s] = static_cast<float>(factor);
    label_gradients[s] = -factor * others[s];
  }
  for (std::int64_t c = 0; c < classes; ++c) {
    float* TREINO_RESTRICT column = logits.column(c);
    for (std::int64_t s = 0; s < samples; ++s) column[s] = treino::fast::normal_or_zero(column[s] * factors[s]);
  }
  logits.give(gradient, first);
  for (std::int64_t s = 0; s < count; ++s) {
    float* const row = gradient.row(first + s);
    row[labels[s]] = treino::fast::normal_or_zero(static_cast<float>(label_gradients[s]));
    if (shares[s] == 0) std::fill_n(row, classes, 0.0f);  // where it is NaN, too
  }
  return sum;
}

}  // namespace

double of_few_classes(const treino::Matrix<const float>& prediction, const treino::Target& target, const treino::Weights& weights,
                      const Classes& classes, const treino::Matrix<float>& gradient, double scale) {
  double sum = 0;
  treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    for (std::int64_t first = 0; first < prediction.rows(); first += treino::samples_side_by_side)
      sum += of_tile(prediction, target, weights, first, classes, gradient, scale);
  });
  return sum;
}

}  // namespace cross_entropy
