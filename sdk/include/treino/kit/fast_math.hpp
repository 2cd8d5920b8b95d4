// Exponentials, logarithms and choices that compilers turn into vectors, because they have neither branches nor tables; and sums
// in a fixed order. To be used inside vector_loops.hpp's loops; alone they are no faster than the standard library's. Errors,
// relative to the true result, tested against the standard library in long double over the whole range: exp, log, log1p of double
// 1e-15; exp of float 2e-7, log1p of float 3e-7. NaN gives NaN.
//
//   void sigmoids(const float* logits, float* probabilities, std::int64_t count) {
//     treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
//       for (std::int64_t i = 0; i < count; ++i) probabilities[i] = 1 / (1 + treino::fast::exp(-logits[i]));
//     });
//   }
#pragma once
#include <cstdint>
#include <treino/kit/fast_select.hpp>
#include <treino/kit/vector_loops.hpp>

namespace treino {
inline namespace sdk0 {
namespace fast {
namespace detail {

/// log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)]: 2 artanh(s) with s = f / (2 + f), by the first ten terms of its series.
TREINO_ALWAYS_INLINE inline double log_near_one(double f) {
  const double s = f / (2 + f), z = s * s;
  double series = 2.0 / 19;
  series = series * z + 2.0 / 17;
  series = series * z + 2.0 / 15;
  series = series * z + 2.0 / 13;
  series = series * z + 2.0 / 11;
  series = series * z + 2.0 / 9;
  series = series * z + 2.0 / 7;
  series = series * z + 2.0 / 5;
  series = series * z + 2.0 / 3;
  return 2 * s + s * z * series;
}

constexpr double log_2_high = 0x1.62e42feep-1, log_2_low = 0x1.a39ef35793c76p-33;  // the high part times any exponent is exact

/// x = (1 + f) 2^exponent with 1 + f in [sqrt(1/2), sqrt(2)).
struct Parts {
  double f, exponent, scale;  // scale = 2^-exponent
};
TREINO_ALWAYS_INLINE inline Parts parts_of(double x) {
  constexpr std::uint64_t root_of_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000, two_to_52 = 0x4330000000000000;
  const auto bits = same_bits<std::uint64_t>(x);
  // 1024 more than the exponent, so that shifting needs no sign.
  const std::uint64_t raised = (bits - root_of_half + (std::uint64_t{1024} << 52)) >> 52;
  const double exponent = same_bits<double>(raised | two_to_52) - (0x1p52 + 1024);
  const double mantissa = same_bits<double>(bits - (raised << 52) + (std::uint64_t{1024} << 52));
  return {mantissa - 1, exponent, same_bits<double>(one - (raised << 52) + (std::uint64_t{1024} << 52))};
}

}  // namespace detail

/// e^x; beyond -708 and 709 what it is there, so that it is never 0 or infinite. As in fdlibm: x = k log 2 + r, a polynomial of
/// r.
TREINO_ALWAYS_INLINE inline double exp(double x) {
  constexpr double magic = 0x1.8p52;  // a sum with it has the rounded number in its lowest bits
  x = at_most(at_least(x, -708.0), 709.0);
  const double shifted = x * 1.4426950408889634 + magic, k = shifted - magic;
  const double r = (x - k * detail::log_2_high) - k * detail::log_2_low;
  double series = 1.0 / 479001600;
  series = series * r + 1.0 / 39916800;
  series = series * r + 1.0 / 3628800;
  series = series * r + 1.0 / 362880;
  series = series * r + 1.0 / 40320;
  series = series * r + 1.0 / 5040;
  series = series * r + 1.0 / 720;
  series = series * r + 1.0 / 120;
  series = series * r + 1.0 / 24;
  series = series * r + 1.0 / 6;
  series = series * r + 0.5;
  series = series * r + 1;
  const double power = detail::same_bits<double>((detail::same_bits<std::uint64_t>(shifted) + 1023) << 52);
  return (series * r + 1) * power;
}

namespace detail {

struct Reduced {
  float shifted, r;  // x = k log 2 + r, with k in the lowest bits of shifted
};
TREINO_ALWAYS_INLINE inline Reduced reduced(float x) {
  constexpr float magic = 0x1.8p23f;
  const float shifted = x * 1.44269504f + magic, k = shifted - magic;
  return {shifted, (x - k * 0x1.62ep-1f) - k * 0x1.0bfbe8p-15f};
}
TREINO_ALWAYS_INLINE inline float exp_of(Reduced x) {
  float series = 1.0f / 5040;
  series = series * x.r + 1.0f / 720;
  series = series * x.r + 1.0f / 120;
  series = series * x.r + 1.0f / 24;
  series = series * x.r + 1.0f / 6;
  series = series * x.r + 0.5f;
  series = series * x.r + 1;
  const float power = same_bits<float>((same_bits<std::uint32_t>(x.shifted) + 127) << 23);
  return (series * x.r + 1) * power;
}

}  // namespace detail

/// e^x; beyond -87 and 88 what it is there.
TREINO_ALWAYS_INLINE inline float exp(float x) { return detail::exp_of(detail::reduced(at_most(at_least(x, -87.0f), 88.0f))); }

/// e^x for x <= 0; 0 below -87.
TREINO_ALWAYS_INLINE inline float exp_below_one(float x) {
  return select(x < -87.0f, 0.0f, detail::exp_of(detail::reduced(at_least(x, -87.0f))));
}

/// e^(a - b) for a <= b, as exact as if the difference were not rounded to float; 0 below -87.
TREINO_ALWAYS_INLINE inline float exp_of_difference(float a, float b) {
  const float difference = a - b, back = difference - a;
  const float lost = (a - (difference - back)) - (b + back);  // D. E. Knuth's sum with its error
  detail::Reduced reduced = detail::reduced(at_least(difference, -87.0f));
  reduced.r += lost;
  return select(difference < -87.0f, 0.0f, detail::exp_of(reduced));
}

/// Natural logarithm of a normal number above 0; of anything else some number.
TREINO_ALWAYS_INLINE inline double log(double x) {
  const detail::Parts parts = detail::parts_of(x);
  const double near = detail::log_near_one(parts.f);
  return parts.exponent * detail::log_2_high + (parts.exponent * detail::log_2_low + near) + (x - x);
}

/// log(1 + x) for x >= 0.
TREINO_ALWAYS_INLINE inline double log1p(double x) {
  const double sum = 1 + x;
  const double lost = select(x < 1, x - (sum - 1), 1 - (sum - x));  // what the sum has rounded away
  const detail::Parts parts = detail::parts_of(sum);
  const double near = detail::log_near_one(parts.f + lost * parts.scale);
  return parts.exponent * detail::log_2_high + (parts.exponent * detail::log_2_low + near) + (x - x);
}

/// log(1 + x) for x >= 0; NaN for infinity.
TREINO_ALWAYS_INLINE inline float log1p(float x) {
  constexpr std::uint32_t root_of_half = 0x3f3504f3, one = 0x3f800000, two_to_23 = 0x4b000000, bias = std::uint32_t{128} << 23;
  const float sum = 1 + x;
  const auto bits = detail::same_bits<std::uint32_t>(sum);
  const std::uint32_t raised = (bits - root_of_half + bias) >> 23;  // 128 more than the exponent, so that shifting needs no sign
  const float exponent = detail::same_bits<float>(raised | two_to_23) - (0x1p23f + 128);
  // What the sum has rounded away is nothing to a large one, where its scale would be no float any longer.
  const float lost = select(x < 1, x - (sum - 1), 1 - (sum - x)), scale = detail::same_bits<float>(one - (raised << 23) + bias);
  const float f = (detail::same_bits<float>(bits - (raised << 23) + bias) - 1) + select(x < 0x1p60f, lost * scale, 0.0f);
  const float s = f / (2 + f), z = s * s;
  float series = 2.0f / 11;
  series = series * z + 2.0f / 9;
  series = series * z + 2.0f / 7;
  series = series * z + 2.0f / 5;
  series = series * z + 2.0f / 3;
  return exponent * 0x1.62ep-1f + (exponent * 0x1.0bfbe8p-15f + (2 * s + s * z * series)) + (x - x);
}

struct LogAndInverse {
  float log, inverse;
};
/// log(1 + x) and 1 / (1 + x) for x in [0, 1], which share a division. The logarithm is 2 artanh(x / (2 + x)).
TREINO_ALWAYS_INLINE inline LogAndInverse log1p_up_to_one(float x) {
  const float sum = 1 + x, more = 2 + x, inverse = 1 / (sum * more);
  const float s = x * sum * inverse, z = s * s;
  float series = 2.0f / 15;
  series = series * z + 2.0f / 13;
  series = series * z + 2.0f / 11;
  series = series * z + 2.0f / 9;
  series = series * z + 2.0f / 7;
  series = series * z + 2.0f / 5;
  series = series * z + 2.0f / 3;
  return {2 * s + s * z * series, more * inverse};
}

namespace detail {

constexpr int lanes = 16;  // sums side by side, which compilers keep in vectors

/// Sum of term(0) to term(count - 1), in an order that depends on `count` alone.
template <class Term>
TREINO_ALWAYS_INLINE inline double sum_of(std::int64_t count, const Term& term) {
  double sums[lanes] = {}, total = 0;
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int lane = 0; lane < lanes; ++lane) sums[lane] += term(i + lane);
  for (int lane = 0; count >= lanes && lane < lanes / 2; ++lane) total += sums[lane] + sums[lane + lanes / 2];
  for (; i < count; ++i) total += term(i);
  return total;
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

/// The largest of `count` >= 1 values; where some are NaN, the largest or NaN.
TREINO_ALWAYS_INLINE inline float max(const float* values, std::int64_t count) {
  // As integers, whose maximum compilers turn into vectors: the bits of a float are in its order, backwards below 0.
  constexpr std::int32_t all_but_sign = 0x7fffffff;
  std::int32_t largest = -all_but_sign - 1;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bits = detail::same_bits<std::int32_t>(values[i]);
    const std::int32_t ordered = bits < 0 ? bits ^ all_but_sign : bits;
    largest = largest > ordered ? largest : ordered;
  }
  return detail::same_bits<float>(largest < 0 ? largest ^ all_but_sign : largest);
}

}  // namespace fast
}  // namespace sdk0
}  // namespace treino
