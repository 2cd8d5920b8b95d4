// The thread and the loop share one mutex and a ring; what is handed out depends on neither's speed.
#include "data/batches/batch_prefetcher.hpp"

#include <pthread.h>
#include <sched.h>

namespace treino::data {

namespace {

/// Where both share a core, a thread that wakes would put aside the one that woke it, which loses its turn to other programs too;
/// the ring lasts until a core is free.
void let_others_go_on() {
#ifdef SCHED_BATCH
  const sched_param parameter{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &parameter);  // refused, it only is slower
#endif
}

}  // namespace

BatchPrefetcher::BatchPrefetcher(const Dataset& dataset, const BatchOptions& options, std::int64_t group_rows,
                                 std::int64_t groups)
    : group_rows_(group_rows),
      slow_(dataset.stored != nullptr),
      epoch_rows_(rows_per_epoch(dataset, options)),
      orders_{EpochOrder(dataset, options), EpochOrder(dataset, options)} {
  ring_.reserve(static_cast<std::size_t>(groups));
  for (std::int64_t i = 0; i < groups; ++i) ring_.emplace_back(dataset, options, group_rows);
  worker_ = std::thread([this] { work(); });
}

BatchPrefetcher::~BatchPrefetcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  room_.notify_one();
  worker_.join();
}

void BatchPrefetcher::begin(std::uint64_t epoch, std::int64_t row) {
  std::unique_lock lock(mutex_);
  begun_ = epoch;
  if (next_ != Place{epoch, row}) {  // else the thread is on its way already
    next_ = filling_ = {epoch, row};
    filled_ = taken_;
    ++jumps_;
  }
  wake(lock);
}

Group BatchPrefetcher::take() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return filled_ > taken_ || (!slow_ && is_ordered(next_.epoch)); });
  const Place place = next_;
  next_ = after(place);
  if (filled_ > taken_) {
    const RowCopy& copy = ring_[taken_ % ring_.size()];
    ++taken_;
    wake(lock);
    return copy.group();
  }
  // Rationale: where rows are in memory and other programs keep the thread from running, to copy is sooner done than to wait for it. What it is at now
  // comes too late, and the group taken last is the one that it leaves alone.
  filling_ = next_;
  ++jumps_;
  wake(lock);
  RowCopy& own = ring_[(taken_ + ring_.size() - 1) % ring_.size()];
  own.fill(rows_at(place));
  return own.group();
}

// Rationale: the thread is woken for half a ring, since to wake it costs more than to copy a group.
void BatchPrefetcher::wake(std::unique_lock<std::mutex>& lock) {
  const bool worth_it = may_fill(ring_.size() / 2);
  lock.unlock();
  if (worth_it) room_.notify_one();
}

BatchPrefetcher::Place BatchPrefetcher::after(Place place) const {
  place.row += group_rows_;
  return place.row < epoch_rows_ ? place : Place{place.epoch + 1, 0};
}

/// Whether as many groups are free, and the order in which they would be filled is no longer that of rows in use.
bool BatchPrefetcher::may_fill(std::uint64_t free) const {
  const std::uint64_t in_use = filled_ - taken_ + 1;
  return ring_.size() - in_use >= free && filling_.epoch - begun_ <= 1;
}

void BatchPrefetcher::work() {
  let_others_go_on();
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (!is_ordered(begun_)) {
      order(begun_, lock);
    } else if (may_fill(1) && is_ordered(filling_.epoch)) {
      fill(lock);
    } else if (!is_ordered(begun_ + 1)) {
      order(begun_ + 1, lock);
    } else {
      room_.wait(lock, [this] { return ending_ || may_fill(ring_.size() / 2); });
    }
  }
}

/// Here and in fill(), the lock is open meanwhile: nobody else touches an order that is not ready, or a group that is not filled.
void BatchPrefetcher::order(std::uint64_t epoch, std::unique_lock<std::mutex>& lock) {
  ordered_[epoch % 2].reset();
  lock.unlock();
  orders_[epoch % 2].make(epoch);
  lock.lock();
  ordered_[epoch % 2] = epoch;
  ready_.notify_one();
}

void BatchPrefetcher::fill(std::unique_lock<std::mutex>& lock) {
  const Place place = filling_;
  RowCopy& copy = ring_[filled_ % ring_.size()];
  const std::uint64_t jumps = jumps_;
  lock.unlock();
  copy.fill(rows_at(place));
  lock.lock();
  if (jumps != jumps_) return;
  ++filled_;
  filling_ = after(place);
  ready_.notify_one();
}

}  // namespace treino::data
