// A part of the batches of a pass: `limit_train = 0.1` is a share of them, `limit_train = 20` so many.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>

namespace treino::manifest {

struct Limit {
  std::optional<double> share;  // above 0, at most 1
  std::uint64_t batches = 0;    // > 0 where there is no share

  /// At least one, where there is one.
  std::uint64_t of(std::uint64_t all) const {
    if (!share) return std::min(all, batches);
    return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(*share * static_cast<double>(all)),
                                     std::min<std::uint64_t>(all, 1), all);
  }
};

}  // namespace treino::manifest
