// The mean of the statistics of many batches, for Model::begin_statistics.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "nn/memory/buffer.hpp"

namespace treino::nn {

/// Sums in double, so that the mean of many batches is as exact as that of one.
class StatisticsMean {
 public:
  explicit StatisticsMean(std::int64_t channels) : means_(channels), variances_(channels) {}

  void reset() {
    batches_ = batches_with_variance_ = 0;
    std::ranges::fill(means_.span(), 0.0);
    std::ranges::fill(variances_.span(), 0.0);
  }

  /// One more batch: each channel's mean and sum of squared deviations of `count` values. Sets the means of all batches so far.
  void add(const double* means, const double* squares, double count, float* running_mean, float* running_variance) {
    ++batches_;
    if (count > 1) ++batches_with_variance_;
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(means_.size()); ++c) {
      running_mean[c] = static_cast<float>((means_[c] += means[c]) / static_cast<double>(batches_));
      if (count == 1) continue;
      variances_[c] += squares[c] / (count - 1);
      running_variance[c] = static_cast<float>(variances_[c] / static_cast<double>(batches_with_variance_));
    }
  }

 private:
  Array<double> means_, variances_;  // sums
  std::int64_t batches_ = 0, batches_with_variance_ = 0;
};

}  // namespace treino::nn
