// Rows are put in order and copied by a thread of its own while the batches before are trained on.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "data/batches/epoch_order.hpp"
#include "data/batches/gatherer.hpp"

namespace treino::data {

/// The thread goes round a ring of groups, over the ends of epochs too, and sleeps when they are full. What is handed out is the
/// same whenever it runs.
class BatchPrefetcher final : public Gatherer {
 public:
  /// `groups`: 2 or more, one of them being in use.
  BatchPrefetcher(const Dataset& dataset, const BatchOptions& options, std::int64_t group_rows, std::int64_t groups);
  ~BatchPrefetcher() override;
  void begin(std::uint64_t epoch, std::int64_t row) override;
  Group take() override;

 private:
  struct Place {
    std::uint64_t epoch = 0;
    std::int64_t row = 0;
    bool operator==(const Place&) const = default;
  };

  Place after(Place place) const;
  bool may_fill(std::uint64_t free) const;
  bool is_ordered(std::uint64_t epoch) const { return ordered_[epoch % 2] == epoch; }
  std::span<const std::uint32_t> rows_at(Place place) const { return orders_[place.epoch % 2].rows(place.row, group_rows_); }
  void wake(std::unique_lock<std::mutex>& lock);
  void work();
  void order(std::uint64_t epoch, std::unique_lock<std::mutex>& lock);
  void fill(std::unique_lock<std::mutex>& lock);

  const std::int64_t group_rows_;
  const bool slow_;  // what the thread is at is worth waiting for
  const std::int64_t epoch_rows_;
  EpochOrder orders_[2];  // of the epoch begun and the next, in turn
  std::vector<RowCopy> ring_;
  std::mutex mutex_;  // for all below
  std::condition_variable room_, ready_;
  std::optional<std::uint64_t> ordered_[2];  // the epochs that the orders are of
  Place next_, filling_;                     // by the next take() and by the thread
  std::uint64_t begun_ = 0;                  // the epoch
  std::uint64_t taken_ = 0, filled_ = 0;     // groups so far; filled_ is at least taken_
  std::uint64_t jumps_ = 0;                  // of filling_, to a place that does not follow
  bool ending_ = false;
  std::thread worker_;  // last: it uses all the others
};

}  // namespace treino::data
