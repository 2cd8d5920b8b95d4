// How many batches make one step of the optimizer: the same number in every epoch, or others from certain epochs on.
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <string>

namespace treino::manifest {

class Accumulation {
 public:
  Accumulation(std::uint64_t batches = 1) : stages_{{0, batches}} {}
  bool operator==(const Accumulation&) const = default;

  /// From this epoch on, counted from 0, until another one is set that comes later.
  void set_from(std::uint64_t epoch, std::uint64_t batches) { stages_[epoch] = batches; }

  std::uint64_t batches_per_step(std::uint64_t epoch) const { return std::prev(stages_.upper_bound(epoch))->second; }
  bool varies() const { return stages_.size() > 1; }
  /// Whether any step is of several batches.
  bool joins() const {
    return std::any_of(stages_.begin(), stages_.end(), [](const auto& stage) { return stage.second > 1; });
  }

  /// Steps of an epoch of so many batches; the last one may be of fewer batches than the others.
  std::uint64_t steps_in(std::uint64_t epoch, std::uint64_t batches) const {
    const std::uint64_t per_step = batches_per_step(epoch);
    return batches / per_step + (batches % per_step != 0 ? 1 : 0);
  }
  /// Steps of the first `epochs` epochs, or as many as can be counted.
  std::uint64_t steps_in_all(std::uint64_t epochs, std::uint64_t batches) const {
    std::uint64_t all = 0;
    for (auto stage = stages_.begin(); stage != stages_.end() && stage->first < epochs; ++stage) {
      const auto next = std::next(stage);
      const std::uint64_t end = next == stages_.end() || next->first > epochs ? epochs : next->first;
      std::uint64_t steps = 0;
      if (__builtin_mul_overflow(end - stage->first, steps_in(stage->first, batches), &steps) ||
          __builtin_add_overflow(all, steps, &all))
        return std::numeric_limits<std::uint64_t>::max();
    }
    return all;
  }

  /// Epochs from `first` on that so many steps take, the last perhaps in part.
  std::uint64_t epochs_for(std::uint64_t first, std::uint64_t steps, std::uint64_t batches) const {
    std::uint64_t epochs = 0;
    while (steps > 0) {
      const std::uint64_t epoch = first + epochs, per_epoch = steps_in(epoch, batches);
      const std::uint64_t needed = steps / per_epoch + (steps % per_epoch != 0 ? 1 : 0);
      const auto next = stages_.upper_bound(epoch);
      if (next == stages_.end() || needed <= next->first - epoch) return epochs + needed;
      epochs = next->first - first;
      steps -= per_epoch * (next->first - epoch);
    }
    return epochs;
  }

  /// As a manifest has it: "4", "{ 0 = 8, 4 = 4 }".
  std::string text() const {
    if (!varies()) return std::to_string(stages_.begin()->second);
    std::string text;
    for (const auto& [epoch, batches] : stages_)
      text += (text.empty() ? "{ " : ", ") + std::to_string(epoch) + " = " + std::to_string(batches);
    return text + " }";
  }

 private:
  std::map<std::uint64_t, std::uint64_t> stages_;  // batches per step by the epoch from which on they hold; 0 is there
};

}  // namespace treino::manifest
