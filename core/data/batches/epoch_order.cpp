// A shuffle by address (seed and epoch), so that a resumed run needs no state for it.
#include "data/batches/epoch_order.hpp"

#include <algorithm>
#include <numeric>

#include "base/random.hpp"
#include "data/large_array.hpp"

namespace treino::data {

std::int64_t rows_per_epoch(const Dataset& dataset, const BatchOptions& options) {
  const std::int64_t rows = options.drop_last ? dataset.count / options.batch_size * options.batch_size : dataset.count;
  const bool all = options.most_batches == 0 || options.most_batches > rows / options.batch_size;
  return all ? rows : options.most_batches * options.batch_size;
}

EpochOrder::EpochOrder(const Dataset& dataset, const BatchOptions& options)
    : shown_(rows_per_epoch(dataset, options)), seed_(options.seed), shuffles_(options.shuffle) {
  reserve_large(order_, static_cast<std::size_t>(dataset.count));
  order_.resize(static_cast<std::size_t>(dataset.count));
}

void EpochOrder::make(std::uint64_t epoch) {
  if (is_of(epoch)) return;
  std::iota(order_.begin(), order_.end(), 0u);
  if (shuffles_) base::RandomStream(seed_, base::Purpose::shuffle, epoch).shuffle(order_);
  epoch_ = epoch;
  made_ = true;
}

std::span<const std::uint32_t> EpochOrder::rows(std::int64_t begin, std::int64_t count) const {
  const std::int64_t there = std::clamp<std::int64_t>(shown_ - begin, 0, count);
  return std::span(order_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(there));
}

}  // namespace treino::data
