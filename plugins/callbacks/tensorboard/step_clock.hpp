// How fast the optimizer's steps follow each other.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace event_files {

class StepClock {
 public:
  explicit StepClock(std::uint64_t step = 0) : step_(step) {}
  /// Since it was made, up to `step`.
  double steps_per_second(std::uint64_t step) const {
    return static_cast<double>(step - step_) / std::max(1e-9, std::chrono::duration<double>(Clock::now() - begun_).count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t step_;
  Clock::time_point begun_ = Clock::now();
};

}  // namespace event_files
