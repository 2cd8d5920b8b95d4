// How long a run is: so many epochs or so many steps of the optimizer, whichever are over first. An epoch that the steps end within
// has fewer batches than the others, and is an epoch like them otherwise.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "manifest/accumulation.hpp"
#include "manifest/manifest.hpp"

namespace treino::manifest {

class RunLength {
 public:
  RunLength(std::uint64_t epochs, std::optional<std::uint64_t> steps, Accumulation accumulate, std::uint64_t batches_per_epoch)
      : epochs_(epochs),
        steps_(steps.value_or(unlimited)),
        batches_(std::max<std::uint64_t>(batches_per_epoch, 1)),
        accumulate_(std::move(accumulate)) {}
  RunLength(const RunSection& run, std::uint64_t batches_per_epoch)
      : RunLength(run.epochs.value_or(run.steps ? unlimited : 1), run.steps, run.accumulate, batches_per_epoch) {}

  /// Where a run stands.
  struct Place {
    std::uint64_t epoch = 0, batch = 0;
    bool in_epoch = false;
    std::uint64_t steps = 0;  // that were due so far, those among them that were not taken
  };

  /// Of the whole run, those that are done among them.
  std::uint64_t epochs() const { return epochs(Place()); }
  std::uint64_t epochs(const Place& place) const {
    if (steps_ == unlimited) return epochs_;
    if (!place.in_epoch) return std::min(epochs_, place.epoch + accumulate_.epochs_for(place.epoch, steps_left(place), batches_));
    const std::uint64_t rest = accumulate_.steps_in(place.epoch, batches_ - std::min(place.batch, batches_));
    const std::uint64_t after = steps_left(place) - std::min(steps_left(place), rest), next = place.epoch + 1;
    return std::min(epochs_, next + accumulate_.epochs_for(next, after, batches_));
  }

  /// Of the epoch at `place`, which is at a step's end: those that are done among them.
  std::uint64_t batches(const Place& place) const {
    const std::uint64_t left = steps_left(place), per_step = accumulate_.batches_per_step(place.epoch);
    if (left >= batches_ || (left == 0 && !place.in_epoch)) return batches_;
    return per_step >= batches_ && left > 0 ? batches_ : std::min(batches_, place.batch + left * per_step);
  }

  /// Of the epoch that begins at `place`.
  std::uint64_t steps_in_epoch(const Place& place) const {
    return std::min(accumulate_.steps_in(place.epoch, batches_), steps_left(place));
  }
  /// Of the whole run, or as many as can be counted.
  std::uint64_t steps() const { return std::min(steps_, accumulate_.steps_in_all(epochs_, batches_)); }
  /// Of one that has all its batches; 0 where that differs from epoch to epoch.
  std::uint64_t steps_per_epoch() const { return accumulate_.varies() ? 0 : accumulate_.steps_in(0, batches_); }
  /// The same; 0 also where the last epoch has fewer.
  std::uint64_t steps_of_each_epoch() const {
    const std::uint64_t steps = steps_per_epoch();
    return steps > 0 && (steps_ == unlimited || this->steps() % steps == 0) ? steps : 0;
  }
  /// Whether it is its steps that are over.
  bool are_steps_over(const Place& place) const { return steps_left(place) == 0; }

 private:
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t steps_left(const Place& place) const { return steps_ - std::min(steps_, place.steps); }

  std::uint64_t epochs_, steps_, batches_;  // batches: of an epoch
  Accumulation accumulate_;
};

}  // namespace treino::manifest
