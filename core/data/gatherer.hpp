// Copies the rows of shuffled batches together, ahead of time where that pays.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "data/batches.hpp"

namespace treino::data {

class Gatherer {
 public:
  virtual ~Gatherer() = default;
  /// How many batches are copied at a time.
  virtual std::int64_t batches() const { return 1; }
  /// These rows, of so many batches, will be taken next; empty: none will, and from now on the rows named before may change.
  virtual void expect(std::span<const std::uint32_t> rows) = 0;
  /// Points `batch` to copies of these rows, good until the next call.
  virtual void take(std::span<const std::uint32_t> rows, Batch& batch) = 0;
};

/// For batches of up to `batch_size` rows of `dataset`.
std::unique_ptr<Gatherer> make_gatherer(const Dataset& dataset, std::int64_t batch_size);

}  // namespace treino::data
