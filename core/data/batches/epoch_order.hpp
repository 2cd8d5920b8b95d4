// The order in which an epoch shows the rows of a dataset.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "data/batches/batches.hpp"

namespace treino::data {

/// The number of rows in an epoch: all but those of a last batch that is dropped, and of batches beyond the most that are asked for.
std::int64_t rows_per_epoch(const Dataset& dataset, const BatchOptions& options);

/// Shuffled, where it is, by seed and epoch, and by nothing else.
class EpochOrder {
 public:
  EpochOrder(const Dataset& dataset, const BatchOptions& options);

  bool is_of(std::uint64_t epoch) const { return made_ && epoch_ == epoch; }
  /// Nothing is done where this is the epoch's already.
  void make(std::uint64_t epoch);
  /// As many of these as there are.
  std::span<const std::uint32_t> rows(std::int64_t begin, std::int64_t count) const;

 private:
  std::vector<std::uint32_t> order_;
  std::int64_t shown_;
  std::uint64_t seed_, epoch_ = 0;
  bool shuffles_, made_ = false;
};

}  // namespace treino::data
