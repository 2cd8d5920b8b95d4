// A batch of somebody's own loop, as the contract shows one: predictions where they lie, labels as the contract has them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "train/loss_and_metrics.hpp"
#include "train/run/run.hpp"

namespace treino::library {

class OwnBatch {
 public:
  explicit OwnBatch(const train::Run& run);

  /// Throws base::InputError where something is missing, a label is none of the classes, or predictions are not what begin was
  /// told: that is looked at in the first batch of the first two passes.
  const train::BatchViews& bind(std::uint64_t samples, const float* predictions, const std::int64_t* labels,
                                const float* targets);
  /// The next sample is the pass's first.
  void restart() {
    first_row_ = 0;
    ++passes_;
  }

 private:
  void copy_labels(std::uint64_t samples, const std::int64_t* labels);
  void check_first(std::uint64_t samples, const float* predictions) const;

  const treino_problem problem_;
  train::BatchViews views_;
  std::vector<std::int32_t> classes_;
  std::vector<std::uint32_t> rows_;
  std::uint64_t first_row_ = 0, passes_ = 0;
};

}  // namespace treino::library
