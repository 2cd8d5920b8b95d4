// Random factors of dropout: 0 with a probability, else what makes up for that. They are addressed by the element's place in the whole
// batch, so that they are the same however the batch is divided.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/random.hpp"

namespace treino::nn {

class DropoutFactors {
 public:
  /// `layer`: its number in the network; each has random numbers of its own.
  DropoutFactors(std::uint64_t seed, std::size_t layer, double rate)
      : seed_(seed),
        first_block_(std::uint64_t{layer} << 32),
        rate_(static_cast<float>(rate)),
        scale_(static_cast<float>(1 / (1 - rate))) {}

  /// Those of `size` elements from element `first` of the batch on.
  void draw(std::uint64_t step, std::int64_t first, std::int64_t size, float* factors) const {
    const base::RandomStream stream(seed_, base::Purpose::dropout, step);
    const std::int64_t end = first + size;
    // Four elements share a block of random words.
    for (std::int64_t block = first / 4; block * 4 < end; ++block) {
      std::uint32_t words[4];
      stream.block(first_block_ + static_cast<std::uint64_t>(block), words);
      for (std::int64_t i = std::max(block * 4, first); i < std::min(block * 4 + 4, end); ++i)
        factors[i - first] = static_cast<float>(words[i % 4] >> 8) * 0x1p-24f < rate_ ? 0 : scale_;
    }
  }

 private:
  std::uint64_t seed_, first_block_;
  float rate_, scale_;
};

}  // namespace treino::nn
