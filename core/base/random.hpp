// Random numbers that depend on nothing but their address (seed, purpose, step, index): a resumed run needs no generator
// state, and two consumers can never disturb each other's numbers. Philox4x32-10, Salmon et al., SC'11 (Random123).
#pragma once
#include <cstdint>
#include <span>

namespace treino::base {

/// Who draws; each purpose has its own numbers. Values are part of the checkpoint format: append, never renumber.
enum class Purpose : std::uint32_t { initializer = 1, shuffle = 2, split = 3, dropout = 4, plugin = 5, noise = 6 };

class RandomStream {
 public:
  /// `step` separates the draws of one purpose: the optimizer step, the epoch, the parameter's index.
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t step = 0);

  std::uint32_t bits(std::uint64_t index) const;
  /// In [0, 1), 24 random bits: every value is exact in float.
  float uniform(std::uint64_t index) const;
  /// Standard normal (Box-Muller).
  float normal(std::uint64_t index) const;
  /// Four words at once: the words of indices 4*block .. 4*block+3.
  void block(std::uint64_t block, std::uint32_t (&words)[4]) const;
  /// Puts `values` into random order (Fisher-Yates without modulo bias).
  void shuffle(std::span<std::uint32_t> values) const;

 private:
  std::uint64_t seed_;
  std::uint64_t step_;
  std::uint32_t purpose_;
};

}  // namespace treino::base
