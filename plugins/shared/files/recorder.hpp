// What callbacks that record a run (a table, a log) have in common: when their files are forced onto the disk.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <treino/kit/worker.hpp>

namespace treino {
inline namespace sdk0 {

/// Lines that are written have survived a kill -9: they are the system's. Against a power cut they have to be synced, which takes a
/// disk some milliseconds. So that a run never waits for that, a worker does it: at once where the user wants that of each epoch,
/// else once per second at most, where it has nothing else to do, and when a checkpoint is taken (Worker::flush): so at the end of
/// a run, whose checkpoint comes before its last event, all recorders are at it while the host writes that file.
///
/// Belongs to the worker's thread, and to the other one when that has ended.
class SyncPolicy {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds interval{1000};
  /// For Worker::Options::rest and linger: of short epochs a good number at once, and little left for the end.
  static constexpr std::chrono::milliseconds rest{200}, linger{10};

  /// `sync` forces onto the disk what has been written; it may throw.
  SyncPolicy(bool each_time, std::function<void()> sync) : each_time_(each_time), sync_(std::move(sync)) {}

  /// Something was written. With each_time it is durable when this returns.
  void wrote() {
    waiting_ = true;
    if (each_time_ || Clock::now() - last_ >= interval) sync();
  }
  /// Nothing has come for a while, or the run is at its end.
  void sync() {
    if (!waiting_) return;
    sync_();
    waiting_ = false;
    last_ = Clock::now();
  }
  bool each_time() const { return each_time_; }

 private:
  bool each_time_, waiting_ = false;
  Clock::time_point last_ = Clock::now();
  std::function<void()> sync_;
};

/// For a queue that waits rather than drops: as many items of `bytes` each as 64 MB hold, 16 at least.
inline std::size_t items_within_memory(std::size_t bytes) {
  return std::clamp<std::size_t>((std::size_t{64} << 20) / std::max<std::size_t>(1, bytes), 16, 100000);
}

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_APPEND_TOML).
#define TREINO_APPEND_TOML \
  "\n"                     \
  "[parameters.append]\n"  \
  "type = \"bool\"\n"      \
  "default = false\n"      \
  "doc = \"add to a file that is there already instead of replacing it\"\n"
