// Setting samples aside for validation and test.
#pragma once
#include <cstdint>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

/// Rows for training and for the part that is split off (validation, test), both in ascending order. `fraction` in (0, 1) of the
/// rows, rounded to nearest, at least one on each side; stratified: of every class likewise, the sum kept by largest remainder,
/// and the only row of a class is kept. Depends on `seed` and `purpose_index` only.
struct Split {
  std::vector<std::uint32_t> kept, split_off;
};
Split split(const Dataset& dataset, double fraction, bool stratified, std::uint64_t seed, std::uint64_t purpose_index = 0);

}  // namespace treino::data
