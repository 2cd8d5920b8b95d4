// Sorting numbers that come with a weight or an index: a radix sort, some ten times as fast as comparing on millions of them.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// A number and something of 32 bits in one word, ordered by number; 0 and -0 are the same one. NaN comes last or first, by its
/// sign.
inline std::uint64_t sortable(float number, std::uint32_t what) {
  number += 0.0f;  // -0 becomes 0
  std::uint32_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  bits ^= (bits >> 31) != 0 ? 0xffffffffu : 0x80000000u;
  return std::uint64_t{bits} << 32 | what;
}
inline std::uint64_t sortable(float number, float weight) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &weight, sizeof bits);
  return sortable(number, bits);
}
/// The same for two numbers that have the same place in the order.
inline std::uint32_t order_of(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
inline float weight_of(std::uint64_t word) {
  const auto bits = static_cast<std::uint32_t>(word);
  float weight = 0;
  std::memcpy(&weight, &bits, sizeof weight);
  return weight;
}

/// Sorts words of sortable(), the smallest number first. Takes as much memory again while it runs.
inline void sort_by_number(std::vector<std::uint64_t>& words) {
  if (words.size() < 2048) return std::sort(words.begin(), words.end());
  // Three passes over the number's 32 bits, the lowest 11 first; each keeps the order of the one before.
  constexpr unsigned digits = 1u << 11;
  constexpr unsigned shifts[3] = {32, 43, 54};
  std::vector<std::array<std::size_t, digits>> places(3, std::array<std::size_t, digits>{});
  for (const std::uint64_t word : words)
    for (unsigned pass = 0; pass < 3; ++pass) ++places[pass][word >> shifts[pass] & (digits - 1)];
  std::vector<std::uint64_t> sorted(words.size());
  for (unsigned pass = 0; pass < 3; ++pass) {
    std::size_t begin = 0;
    for (std::size_t& place : places[pass]) {
      const std::size_t count = place;
      place = begin;
      begin += count;
    }
    for (const std::uint64_t word : words) sorted[places[pass][word >> shifts[pass] & (digits - 1)]++] = word;
    words.swap(sorted);
  }
}

}  // namespace sdk0
}  // namespace treino
