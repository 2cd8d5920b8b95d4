// Rows are put in order and copied by a thread of its own while the batches before are trained on.
#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "data/epoch_order.hpp"
#include "data/gatherer.hpp"

namespace treino::data {

/// The thread goes round a ring of groups, over the ends of epochs too, and sleeps when they are full. What it hands out is the
/// same whenever it runs.
class Ahead final : public Gatherer {
 public:
  /// `groups`: 2 or more, one of them being in use.
  Ahead(const Dataset& dataset, const BatchOptions& options, std::int64_t group_rows, std::int64_t groups);
  ~Ahead() override;
  void begin(std::uint64_t epoch, std::int64_t row) override;
  Group take() override;

 private:
  struct Place {
    std::uint64_t epoch = 0;
    std::int64_t row = 0;
    bool operator==(const Place&) const = default;
  };

  Place behind(Place place) const;
  bool may_fill(std::uint64_t free) const;
  EpochOrder& order_of(std::uint64_t epoch) { return orders_[epoch % 2]; }
  bool next_is_in_order() { return order_of(begun_ + 1).is_of(begun_ + 1); }
  void wake(std::unique_lock<std::mutex>& lock);
  void work();
  void fill(std::unique_lock<std::mutex>& lock);

  const std::int64_t group_rows_, epoch_rows_;
  EpochOrder orders_[2];  // of the epoch begun and the next, in turn
  std::vector<RowCopy> ring_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  Place wanted_, filling_;                // by the next take() and by the thread
  std::uint64_t begun_ = 0;               // the epoch
  std::uint64_t taken_ = 0, filled_ = 0;  // groups so far; filled_ is at least taken_
  std::uint64_t jumps_ = 0;               // from one place to another that does not follow it
  bool ending_ = false;
  std::thread worker_;  // last: it uses all the others
};

}  // namespace treino::data
