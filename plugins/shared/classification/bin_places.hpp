// Which of some bins a score is in.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <treino/kit/fast_math.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Of `bins` equal ones over [0, 1], with what is below in the first and what is above in the last. Of NaN, which two infinite logits
/// give, -1.
TREINO_ALWAYS_INLINE inline void find_places(const double* TREINO_RESTRICT parts, std::int64_t count, std::int64_t bins,
                                             std::int32_t* TREINO_RESTRICT places) {
  const double size = static_cast<double>(bins), last = size - 1;
  for (std::int64_t i = 0; i < count; ++i) {
    const double place = parts[i] * size;
    places[i] = static_cast<std::int32_t>(fast::select(place != place, -1.0, fast::at_most(fast::at_least(place, 0.0), last)));
  }
}

/// Between thresholds in rising order: a score is in the bin of as many as it is above. Of NaN -1.
inline void find_places(const double* parts, std::int64_t count, const std::vector<double>& thresholds, std::int32_t* places) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto above = std::lower_bound(thresholds.begin(), thresholds.end(), parts[i]);
    places[i] = std::isnan(parts[i]) ? -1 : static_cast<std::int32_t>(above - thresholds.begin());
  }
}

}  // namespace sdk0
}  // namespace treino
