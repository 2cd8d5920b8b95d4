// Looks at the bits: a comparison with NaN would be optimized away under other flags, and branches would cost more than the memory.
#include "train/finite.hpp"

#include <bit>
#include <utility>

#include "train/run/run.hpp"

namespace treino::train {

/// In float32 an exponent of all ones is an infinity or NaN; without branches, so that it runs at the speed of the memory.
bool all_finite(std::span<const float> values) {
  std::uint32_t bad = 0;
  for (const float value : values)
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & 0x7f800000u) == 0x7f800000u);
  return bad == 0;
}

std::uint64_t count_bad_rows(std::span<const float> values, std::size_t width) {
  if (all_finite(values)) return 0;
  std::uint64_t bad = 0;
  for (std::size_t row = 0; row < values.size(); row += width) bad += all_finite(values.subspan(row, width)) ? 0 : 1;
  return bad;
}

std::string damaged_weights(ModelBackend& backend, ModelBackend::WeightSet* set) {
  for (std::uint32_t i = 0; i < backend.parameter_count(); ++i)
    if (!all_finite(backend.values_of(set, i))) return backend.parameter_name(i);
  return "";
}

void warn_of_nan_loss(Run& run) {
  if (std::exchange(run.warned_of_nan, true)) return;
  run.warn("the loss" + (run.loss == nullptr ? "" : " (" + run.loss->name() + ")") + " is NaN in epoch " +
           std::to_string(run.progress.position().epoch + 1) + ", batch " + std::to_string(run.progress.batch() + 1) +
           " (said once)");
}

}  // namespace treino::train
