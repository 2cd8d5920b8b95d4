// Philox turns an address into four words; what else is drawn (floats, normal numbers, orders) is made from those.
#include "base/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <utility>

namespace treino::base {

RandomStream::RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t step)
    : seed_(seed), step_(step), purpose_(static_cast<std::uint32_t>(purpose)) {}

// The block's upper bits share a word with the step's: 2^48 steps and 2^48 blocks are out of any run's reach.
void RandomStream::block(std::uint64_t block, std::uint32_t (&words)[4]) const {
  r123::Philox4x32 philox;
  const r123::Philox4x32::ctr_type counter{{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(step_),
                                            static_cast<std::uint32_t>((block >> 32) << 16 | (step_ >> 32 & 0xffff)), purpose_}};
  const r123::Philox4x32::key_type key{{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const auto result = philox(counter, key);
  for (int i = 0; i < 4; ++i) words[i] = result[static_cast<std::size_t>(i)];
}

std::uint32_t RandomStream::bits(std::uint64_t index) const {
  std::uint32_t words[4];
  block(index / 4, words);
  return words[index % 4];
}

float RandomStream::uniform(std::uint64_t index) const { return static_cast<float>(bits(index) >> 8) * 0x1p-24f; }

float RandomStream::normal(std::uint64_t index) const {
  std::uint32_t words[4];
  block(index / 2, words);
  const std::size_t pair = (index % 2) * 2;
  // 1 - u lies in (0, 1], so the logarithm is finite.
  const double u = 1.0 - static_cast<double>(words[pair] >> 8) * 0x1p-24;
  const double angle = 6.283185307179586 * static_cast<double>(words[pair + 1]) * 0x1p-32;
  return static_cast<float>(std::sqrt(-2.0 * std::log(u)) * std::cos(angle));
}

void RandomStream::shuffle(std::span<std::uint32_t> values) const {
  std::uint64_t draw = 0;
  std::uint32_t words[4];
  const auto next = [&] {
    if (draw % 4 == 0) block(draw / 4, words);
    return words[draw++ % 4];
  };
  for (std::size_t i = values.size(); i > 1; --i) {
    const auto bound = static_cast<std::uint32_t>(i);
    // Lemire's method: the high word is unbiased once the low one is accepted. What it is compared with is below the bound, so
    // that the division is hardly ever needed.
    std::uint64_t product = std::uint64_t{next()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
      const std::uint32_t reject_below = (0u - bound) % bound;
      while (static_cast<std::uint32_t>(product) < reject_below) product = std::uint64_t{next()} * bound;
    }
    std::swap(values[i - 1], values[product >> 32]);
  }
}

}  // namespace treino::base
