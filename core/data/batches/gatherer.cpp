// Chooses by the size of the data whether a thread of its own is worth its wake-ups.
#include "data/batches/gatherer.hpp"

#include <algorithm>
#include <thread>

#include "data/batches/batch_prefetcher.hpp"
#include "data/batches/cache_hint.hpp"
#include "data/batches/epoch_order.hpp"
#include "data/feature_rows.hpp"
#include "data/large_array.hpp"

namespace treino::data {
namespace {

/// Copies when asked to; the memory's latency is hidden by asking the processor for the next rows in time.
class AtOnce final : public Gatherer {
 public:
  AtOnce(const Dataset& dataset, const BatchOptions& options)
      : dataset_(dataset),
        batch_size_(options.batch_size),
        order_(dataset, options),
        copy_(dataset, options, options.batch_size) {}

  void begin(std::uint64_t epoch, std::int64_t row) override {
    order_.make(epoch);
    row_ = row;
    fetch();
  }

  Group take() override {
    copy_.fill(order_.rows(row_, batch_size_));
    row_ += batch_size_;
    fetch();
    return copy_.group();
  }

 private:
  void fetch() const {
    if (dataset_.stored) return;
    const std::int64_t size = dataset_.sample_size();
    for (const std::int64_t row : order_.rows(row_, batch_size_)) prefetch(dataset_.features.data() + row * size, size);
  }

  const Dataset& dataset_;
  std::int64_t batch_size_, row_ = 0;
  EpochOrder order_;
  RowCopy copy_;
};

/// Below, handing rows over takes as long as copying them.
constexpr std::int64_t worth_a_thread = 128 * 1024;
/// What lies in a processor's own cache is copied as fast as it could be handed over.
constexpr std::int64_t cached = 2 * 1024 * 1024;
/// To wake a thread costs 15 us where the processor's other core is asleep, so it is given several batches to do; and where
/// others use that core, it may come late.
constexpr std::int64_t ahead_bytes = 4 * 1024 * 1024;

}  // namespace

RowCopy::RowCopy(const Dataset& dataset, const BatchOptions& options, std::int64_t most_rows)
    : dataset_(&dataset),
      size_(static_cast<std::size_t>(dataset.sample_size())),
      width_(static_cast<std::size_t>(dataset.target_width)),
      steps_(static_cast<std::size_t>(dataset.target_steps)),
      batch_size_(static_cast<std::size_t>(options.batch_size)),
      shards_(static_cast<std::size_t>(options.shards)),
      first_shard_(static_cast<std::size_t>(options.first_shard)),
      own_shards_(static_cast<std::size_t>(options.own_shards)) {
  const auto rows = static_cast<std::size_t>(most_rows);
  reserve_large(features_, rows * size_);
  features_.resize(rows * size_);
  classes_.resize(dataset.classes.empty() ? 0 : rows * steps_);
  values_.resize(dataset.values.empty() ? 0 : rows * width_);
}

void RowCopy::fill(std::span<const std::uint32_t> rows) {
  rows_ = rows;
  error_ = nullptr;
  for (std::size_t first = 0; first < rows.size(); first += batch_size_) {
    const std::size_t count = std::min(batch_size_, rows.size() - first);
    const std::size_t begin = first + count * first_shard_ / shards_,
                      end = first + count * (first_shard_ + own_shards_) / shards_;
    dataset_->stored ? read_features(begin, end) : copy_features(begin, end);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = rows[i];
    for (std::size_t step = 0; step < steps_ && !classes_.empty(); ++step)
      classes_[i * steps_ + step] = dataset_->classes[row * steps_ + step];
    if (!values_.empty()) std::copy_n(dataset_->values.data() + row * width_, width_, values_.data() + i * width_);
  }
}

void RowCopy::copy_features(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i)
    std::copy_n(dataset_->features.data() + rows_[i] * size_, size_, features_.data() + i * size_);
}

void RowCopy::read_features(std::size_t first, std::size_t last) {
  stored_rows_.clear();
  for (std::size_t i = first; i < last; ++i) stored_rows_.push_back(dataset_->file_row(rows_[i]));
  try {
    dataset_->stored->read(stored_rows_, features_.data() + first * size_);
  } catch (...) {
    error_ = std::current_exception();
  }
}

Group RowCopy::group() const {
  if (error_) std::rethrow_exception(error_);
  return {rows_, features_.data(), classes_.empty() ? nullptr : classes_.data(), values_.empty() ? nullptr : values_.data()};
}

std::unique_ptr<Gatherer> make_gatherer(const Dataset& dataset, const BatchOptions& options) {
  const std::int64_t row_bytes = dataset.sample_size() * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t all_bytes = row_bytes * dataset.count;
  if ((all_bytes < cached && !dataset.stored) || std::thread::hardware_concurrency() < 2)
    return std::make_unique<AtOnce>(dataset, options);
  const std::int64_t batch_bytes = std::max<std::int64_t>(options.batch_size * row_bytes, 1);
  const std::int64_t batches = (worth_a_thread + batch_bytes - 1) / batch_bytes;
  const std::int64_t groups = std::max<std::int64_t>(std::min(ahead_bytes, all_bytes) / (batches * batch_bytes), 2);
  return std::make_unique<BatchPrefetcher>(dataset, options, batches * options.batch_size, groups);
}

}  // namespace treino::data
