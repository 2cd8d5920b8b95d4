#include "data/ahead.hpp"

namespace treino::data {

Ahead::Ahead(const Dataset& dataset, const BatchOptions& options, std::int64_t group_rows, std::int64_t groups)
    : group_rows_(group_rows),
      epoch_rows_(rows_per_epoch(dataset, options)),
      orders_{EpochOrder(dataset, options), EpochOrder(dataset, options)} {
  ring_.reserve(static_cast<std::size_t>(groups));
  for (std::int64_t i = 0; i < groups; ++i) ring_.emplace_back(dataset, group_rows);
  worker_ = std::thread([this] { work(); });
}

Ahead::~Ahead() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  room_.notify_one();
  worker_.join();
}

void Ahead::begin(std::uint64_t epoch, std::int64_t row) {
  std::unique_lock lock(mutex_);
  begun_ = epoch;
  if (wanted_ != Place{epoch, row}) {  // else the thread is on its way already
    wanted_ = filling_ = {epoch, row};
    filled_ = taken_;
    ++jumps_;
  }
  wake(lock);
}

Group Ahead::take() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return filled_ > taken_; });
  const Group group = ring_[taken_ % ring_.size()].group();
  ++taken_;
  wanted_ = behind(wanted_);
  wake(lock);
  return group;
}

// Rationale: the thread is woken for half a ring, since to wake it costs more than to copy a group.
void Ahead::wake(std::unique_lock<std::mutex>& lock) {
  const bool worth_it = may_fill(ring_.size() / 2);
  lock.unlock();
  if (worth_it) room_.notify_one();
}

Ahead::Place Ahead::behind(Place place) const {
  place.row += group_rows_;
  return place.row < epoch_rows_ ? place : Place{place.epoch + 1, 0};
}

/// Whether as many groups are free, and the order in which they would be filled is no longer that of rows in use.
bool Ahead::may_fill(std::uint64_t free) const {
  const std::uint64_t in_use = filled_ - taken_ + 1;
  return ring_.size() - in_use >= free && filling_.epoch - begun_ <= 1;
}

void Ahead::work() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (may_fill(1)) {
      fill(lock);
    } else if (!next_is_in_order()) {
      const std::uint64_t next = begun_ + 1;  // while there is time
      lock.unlock();
      order_of(next).make(next);
      lock.lock();
    } else {
      room_.wait(lock, [this] { return ending_ || may_fill(ring_.size() / 2); });
    }
  }
}

/// The lock is open meanwhile: nobody else touches orders and groups that are not filled.
void Ahead::fill(std::unique_lock<std::mutex>& lock) {
  const Place place = filling_;
  RowCopy& copy = ring_[filled_ % ring_.size()];
  const std::uint64_t jumps = jumps_;
  lock.unlock();
  order_of(place.epoch).make(place.epoch);
  copy.fill(order_of(place.epoch).rows(place.row, group_rows_));
  lock.lock();
  if (jumps != jumps_) return;
  ++filled_;
  filling_ = behind(place);
  ready_.notify_one();
}

}  // namespace treino::data
