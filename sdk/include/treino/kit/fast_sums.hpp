// Sums, products and maxima of arrays, in an order that depends on their length alone, so that they are the same bit for bit on
// every processor with the same instructions; compilers turn them into vectors. To be used inside vector_loops.hpp's loops.
//
//   double mean(const float* values, std::int64_t count) {
//     double sum = 0;
//     treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE { sum = treino::fast::sum(values, count); });
//     return sum / static_cast<double>(count);
//   }
#pragma once
#include <cstdint>
#include <treino/kit/vector_loops.hpp>

namespace treino {
inline namespace sdk0 {
namespace fast {
namespace detail {

constexpr int lanes = 16;  // sums side by side, which compilers keep in vectors

/// Of `count` values, a power of two, those that stand half of them apart are combined, until `left` are left.
template <int count, int left, class Real, class Combine>
TREINO_ALWAYS_INLINE inline void fold(Real* values, const Combine& combine) {
  if constexpr (count > left) {
    for (int i = 0; i < count / 2; ++i) values[i] = combine(values[i], values[i + count / 2]);
    fold<count / 2, left>(values, combine);
  } else {
    static_cast<void>(combine);
  }
}

/// Sum of term(0) to term(count - 1), in an order that depends on `count` alone.
template <class Term>
TREINO_ALWAYS_INLINE inline double sum_of(std::int64_t count, const Term& term) {
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) sums[lane] += term(i + lane);
  fold<lanes, 1>(sums, [](double a, double b) TREINO_ALWAYS_INLINE { return a + b; });
  for (; i < count; ++i) sums[0] += term(i);
  return sums[0];
}

}  // namespace detail

/// Sum of values[i], or of values[i] * others[i], in double, in an order that depends on `count` alone.
template <class Number>
TREINO_ALWAYS_INLINE inline double sum(const Number* values, std::int64_t count) {
  return detail::sum_of(count, [&](std::int64_t i) TREINO_ALWAYS_INLINE { return static_cast<double>(values[i]); });
}
TREINO_ALWAYS_INLINE inline double sum_of_products(const float* values, const float* others, std::int64_t count) {
  return detail::sum_of(count, [&](std::int64_t i) TREINO_ALWAYS_INLINE {
    return static_cast<double>(values[i]) * static_cast<double>(others[i]);
  });
}

/// Sum of values[i], which are added in pairs before they become double: where none is much smaller than what it is added to counts.
TREINO_ALWAYS_INLINE inline double sum_in_pairs(const float* values, std::int64_t count) {
  const std::int64_t half = count / 2;
  const double pairs = detail::sum_of(
      half, [&](std::int64_t i) TREINO_ALWAYS_INLINE { return static_cast<double>(values[i] + values[half + i]); });
  return count % 2 == 0 ? pairs : pairs + static_cast<double>(values[count - 1]);
}
TREINO_ALWAYS_INLINE inline double sum_in_pairs(const double* values, std::int64_t count) { return sum(values, count); }

/// (1 + a) (1 + b) - 1: a product, of which what it is above 1 is kept apart from that 1, so that tiny values are not lost in it.
/// Its log1p is the sum of theirs, for less work.
template <class Real>
TREINO_ALWAYS_INLINE inline Real product_above_one(Real a, Real b) {
  return (a + b) + a * b;
}
/// The same of at most 1000 values in 0 .. 1; relative error 1e-6.
TREINO_ALWAYS_INLINE inline double product_above_one(const float* values, std::int64_t count) {
  constexpr int narrow = detail::lanes, wide = 4 * narrow;
  const auto join = [](auto a, auto b) TREINO_ALWAYS_INLINE { return product_above_one(a, b); };
  float products[wide] = {};
  double totals[narrow];
  std::int64_t i = 0;
  if (count >= wide) {
    for (; i < wide; ++i) products[i] = values[i];
    for (; i + wide <= count; i += wide)
      for (int lane = 0; lane < wide; ++lane) products[lane] = join(products[lane], values[i + lane]);
    detail::fold<wide, narrow>(products, join);
  }
  for (; i + narrow <= count; i += narrow)
    for (int lane = 0; lane < narrow; ++lane) products[lane] = join(products[lane], values[i + lane]);
  for (int lane = 0; lane < narrow; ++lane) totals[lane] = static_cast<double>(products[lane]);
  detail::fold<narrow, 1>(totals, join);
  for (; i < count; ++i) totals[0] = join(totals[0], static_cast<double>(values[i]));
  return totals[0];
}

/// The largest of `count` >= 1 values; where some are NaN, the largest or NaN.
TREINO_ALWAYS_INLINE inline float max(const float* values, std::int64_t count) {
  const auto larger = [](float a, float b) TREINO_ALWAYS_INLINE { return a < b ? b : a; };
  constexpr int lanes = 2 * detail::lanes;
  float largest[lanes];
  for (float& one : largest) one = values[0];
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) largest[lane] = larger(largest[lane], values[i + lane]);
  detail::fold<lanes, 1>(largest, larger);
  float most = largest[0];
  for (; i < count; ++i) most = larger(most, values[i]);
  return most;
}

}  // namespace fast
}  // namespace sdk0
}  // namespace treino
