// A thread of its own for a callback's slow work (disk, network), fed through a bounded queue. Who keeps a record (a file, a
// table) hands over with put(), which loses nothing: it waits where the queue is full. Who only shows (a remote server) hands
// over with offer(), which never waits: a worker that hangs costs what it was given to do, not the run.
//
//   class Rows {  // on_epoch_end calls add(); the file grows on the worker's thread
//    public:
//     explicit Rows(const treino::Host& host) : worker_(host, {100, std::chrono::milliseconds(50), "rows"}, write) {}
//     void add(double loss) { worker_.put([&](double& slot) { slot = loss; }); }
//
//    private:
//     static void write(double* first, double* last) { while (first != last) std::printf("%g\n", *first++); }
//     treino::Worker<double> worker_;
//   };
#pragma once
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// Item: what is handed over, default-constructible. Its slots are used again and again, so that vectors in it allocate only at
/// first. One thread hands over; waiting and closing belong to the same one.
template <class Item>
class Worker {
 public:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;
  /// On the worker's thread, or in flush() and finish() on that of the one who hands over, never on both at a time: all that has
  /// come since the last call, in order; nothing (first == last) where it has rested. What it throws is kept for failure().
  using Work = std::function<void(Item* first, Item* last)>;

  struct Options {
    std::size_t capacity = 1000;  // of the queue
    Milliseconds linger{0};  // how long the first item may wait for company: fewer wake-ups for those who hand over every step
    std::string items = "rows";  // what they are called in the log
    Milliseconds rest{0};        // where nothing has come for so long, the work is called once without items; 0: it never is
  };

  /// The log of `host` is told once of a full queue, and at the end how much was dropped.
  Worker(const Host& host, Options options, Work work) : host_(host), options_(std::move(options)), work_(std::move(work)) {
    // No signal of the program's is handled here, and none (SIGPIPE of a closed connection) ends it from here.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Does what waits, however long that takes.
  ~Worker() { close(); }

  /// fill(item) sets the next free slot. Never waits; false where the queue is full and the item is dropped and counted.
  template <class Fill>
  bool offer(Fill&& fill) {
    if (try_offer(fill)) return true;
    if (dropped_++ == 0)
      host_.warn("falls behind: " + std::to_string(options_.capacity) + " " + options_.items +
                 " wait, further ones are dropped (said once; the end tells how many)");
    return false;
  }
  /// The same, but neither counted nor said: for who loses nothing by it. From any thread.
  template <class Fill>
  bool try_offer(Fill&& fill) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (count_ == options_.capacity || closing_) return false;
    take(fill);
    return true;
  }
  /// For who wants only the newest: where the queue is full, its last item is set again. False where the worker is closed.
  template <class Fill>
  bool replace(Fill&& fill) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) return false;
    if (count_ == options_.capacity)
      fill(waiting_[count_ - 1]);
    else
      take(fill);
    return true;
  }
  /// The same as offer(), but waits for room: for a result that must be whole, not for an observer. False where the worker is
  /// closed.
  template <class Fill>
  bool put(Fill&& fill) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return count_ < options_.capacity || closing_; });
    if (closing_) return false;
    take(fill);
    return true;
  }

  /// Until everything that was handed over is done, and what flush() has begun.
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    hurry(lock, [&] { return count_ == 0 && !busy_ && !rest_now_; });
  }
  /// Until everything that was handed over is done. What is to be done after a rest is then begun at once, and not waited for: of
  /// several workers that are flushed in turn all are at it when the last one is.
  void flush() {
    std::unique_lock<std::mutex> lock(mutex_);
    work_here(lock);
    hurry(lock, [&] { return count_ == 0 && (!busy_ || resting_); });
    rest_now_ = !busy_ && !rested_ && !closing_ && options_.rest.count() > 0 && thread_.joinable();
    wake_.notify_one();
  }
  /// Takes nothing more, and waits until everything is done that was handed over or begun by flush(). The thread ends by itself,
  /// and is waited for at the worker's own end.
  void finish() {
    std::unique_lock<std::mutex> lock(mutex_);
    work_here(lock);
    if (!closing_) deadline_ = Clock::now() + forever();
    closing_ = true;
    changed_.notify_all();
    hurry(lock, [&] { return count_ == 0 && !busy_ && !rest_now_; });
  }

  /// Takes nothing more, lets the thread work for at most `limit`, as far as the work keeps to left(), and ends it. Returns how
  /// many items were left undone. The second call does nothing.
  std::size_t close(Milliseconds limit = forever()) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!closing_) deadline_ = Clock::now() + limit;
      closing_ = true;
      wake_.notify_all();
      changed_.notify_all();
    }
    if (!thread_.joinable()) return 0;
    thread_.join();
    if (dropped_ > 0)
      host_.warn(std::to_string(dropped_) + " " + options_.items + " were dropped, since what takes them was too slow");
    return count_;
  }

  std::uint64_t dropped() const { return dropped_; }
  /// The text of what the work threw first since the last call; "" where it threw nothing.
  std::string failure() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(failure_, std::string());
  }

  // For the work itself.
  /// How long it may continue: forever() before close().
  Milliseconds left() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return remaining();
  }
  /// Sleeps, but not beyond the end that close() has set; false where that has come.
  bool pause(Milliseconds duration) {
    std::unique_lock<std::mutex> lock(mutex_);
    const Clock::time_point end = Clock::now() + duration;
    while (Clock::now() < end && remaining().count() > 0) wake_.wait_until(lock, closing_ ? std::min(end, deadline_) : end);
    return remaining().count() > 0;
  }
  static constexpr Milliseconds forever() { return std::chrono::hours(24 * 365); }

 private:
  template <class Fill>
  void take(Fill&& fill) {
    if (count_ == waiting_.size()) waiting_.emplace_back();
    fill(waiting_[count_]);
    if (++count_ == 1 || 2 * count_ == options_.capacity) wake_.notify_one();
  }

  /// Waking the thread and being woken by it takes longer than most work does.
  void work_here(std::unique_lock<std::mutex>& lock) {
    if (count_ == 0 || busy_) return;
    begin_work(lock);
    wake_.notify_one();
  }

  template <class Reached>
  void hurry(std::unique_lock<std::mutex>& lock, Reached&& reached) {
    hurried_ = true;
    wake_.notify_one();
    changed_.wait(lock, [&] { return reached() || !thread_.joinable(); });
    hurried_ = false;
  }

  Milliseconds remaining() const {
    if (!closing_) return forever();
    return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(deadline_ - Clock::now()));
  }

  void run() {
#ifdef SCHED_BATCH
    const sched_param priority{};  // woken, it does not push the training thread from its processor
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &priority);
#endif
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      const auto called = [&] { return !busy_ && (count_ > 0 || closing_ || rest_now_); };
      if (rested_ || options_.rest.count() == 0) {
        wake_.wait(lock, called);
      } else if (!wake_.wait_for(lock, options_.rest, called) || rest_now_) {
        if (!busy_) rest(lock);
        continue;
      }
      if (options_.linger.count() > 0)
        wake_.wait_for(lock, options_.linger,
                       [&] { return hurried_ || closing_ || count_ == 0 || 2 * count_ >= options_.capacity; });
      if (busy_ || rest_now_) continue;  // the work is being done, or was, by who waited for it
      if (closing_ && (count_ == 0 || remaining().count() == 0)) return;
      if (count_ > 0) begin_work(lock);
    }
  }

  void begin_work(std::unique_lock<std::mutex>& lock) {
    rested_ = false;
    std::swap(waiting_, working_);
    work_without_lock(lock, std::exchange(count_, 0));
  }

  void rest(std::unique_lock<std::mutex>& lock) {
    rested_ = resting_ = true;
    rest_now_ = false;
    work_without_lock(lock, 0);
    resting_ = false;
  }

  void work_without_lock(std::unique_lock<std::mutex>& lock, std::size_t count) {
    busy_ = true;
    changed_.notify_all();
    lock.unlock();
    const std::string failure = attempt(count);
    lock.lock();
    busy_ = false;
    if (failure_.empty()) failure_ = failure;
    changed_.notify_all();
  }

  std::string attempt(std::size_t count) {
    try {
      work_(working_.data(), working_.data() + count);
      return "";
    } catch (const std::exception& failure) {
      return failure.what();
    } catch (...) {
      return "threw something that is not a std::exception";
    }
  }

  const Host host_;
  const Options options_;
  const Work work_;

  std::mutex mutex_;
  std::condition_variable wake_, changed_;               // the worker waits for the one, the others for the other
  std::vector<Item> waiting_, working_;                  // the slots that are filled, and those that are worked on
  std::size_t count_ = 0;                                // of waiting_
  bool busy_ = false, resting_ = false, rested_ = true;  // resting_: busy without items
  bool hurried_ = false, rest_now_ = false, closing_ = false;
  Clock::time_point deadline_;
  std::string failure_;
  std::uint64_t dropped_ = 0;
  std::thread thread_;
};

}  // namespace sdk0
}  // namespace treino
