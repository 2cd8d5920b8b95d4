// When TensorBoard's callback records where the time goes: the parameter profile_batch.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <treino/callback.hpp>
#include <vector>

#include "shared/training/trace.hpp"

namespace event_files {

/// The batches whose time is recorded, counted over the whole run from 1 on, as Keras does.
class ProfiledBatches {
 public:
  explicit ProfiledBatches(const std::vector<std::int64_t>& batches) {
    if (batches.empty() || batches.size() > 2)
      throw std::invalid_argument("profile_batch must be a batch or the first and the last of some, as 5 or [10, 20]; 0: none");
    first_ = static_cast<std::uint64_t>(batches.front());
    last_ = static_cast<std::uint64_t>(batches.back());
    if (last_ < first_ || (first_ == 0 && last_ > 0))
      throw std::invalid_argument("profile_batch = [" + std::to_string(first_) + ", " + std::to_string(last_) +
                                  "]: expected a first batch of at least 1 and a last one that is not before it");
  }

  bool wanted() const { return first_ > 0; }
  bool recording() const { return recording_; }
  /// All of its batches have ended; the last one's own span is there when something comes after it.
  bool ended() const { return recording_ && done_ >= last_; }
  std::string file_name() const {
    return "batches_" + std::to_string(begun_batch_) + "_to_" + std::to_string(done_) + ".trace.json";
  }

  void begin(const treino::Host& host, const treino::Event& event) {
    recording_ = false;
    go_on(host, event, event.epoch * host.run().batches_per_epoch + event.batch);
  }
  void after_batch(const treino::Host& host, const treino::Event& event) {
    go_on(host, event, event.epoch * host.run().batches_per_epoch + event.batch + 1);
  }
  treino::trace::Recording end(const treino::Host& host) {
    host.profile_stop();
    recording_ = false;
    treino::trace::Recording recording = treino::trace::recorded(host, begun_);
    recording.step = step_;
    recording.first_batch = begun_batch_;
    return recording;
  }

 private:
  /// `done`: how many batches the run has seen.
  void go_on(const treino::Host& host, const treino::Event& event, std::uint64_t done) {
    done_ = done;
    if (!wanted() || recording_ || done + 1 < first_ || done >= last_) return;
    host.profile_start(treino::trace::every_category, treino::trace::spans_kept);
    begun_ = treino::trace::now(host);
    begun_batch_ = done + 1;
    step_ = event.step;
    recording_ = true;
  }

  std::uint64_t first_ = 0, last_ = 0;  // 0: none
  bool recording_ = false;
  std::uint64_t done_ = 0, begun_batch_ = 1, begun_ = 0, step_ = 0;
};

}  // namespace event_files
