// Exponentials and logarithms that compilers turn into vectors, because they have neither branches nor tables. To be used inside
// vector_loops.hpp's loops; alone they are no faster than the standard library's. Errors, relative to the true result, tested
// against the standard library in long double over the whole range: exp, log, log1p of double 1e-15; exp of float 2e-7, log1p of
// float 3e-7. NaN gives NaN.
//
// Those of float are made of short chains: polynomials are evaluated in pairs of terms (G. Estrin's scheme), not one term after the
// other. A processor has room for some hundred instructions that wait for each other's results; the shorter the chain, the more
// elements it works on at once. For the same reason several loops over a block that stays in the first cache are faster than
// one loop of several functions, each of which needs the one before.
//
//   void sigmoids(const float* logits, float* probabilities, std::int64_t count) {
//     treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
//       for (std::int64_t i = 0; i < count; ++i) probabilities[i] = 1 / (1 + treino::fast::exp(-logits[i]));
//     });
//   }
#pragma once
#include <cstdint>
#include <treino/kit/fast_select.hpp>
#include <treino/kit/fast_sums.hpp>
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
constexpr float magic_float = 0x1.8p23f, log_2_high_float = 0x1.62ep-1f, log_2_low_float = 0x1.0bfbe8p-15f;

TREINO_ALWAYS_INLINE inline Reduced reduced(float x) {
  const float shifted = x * 1.44269504f + magic_float, k = shifted - magic_float;
  return {shifted, (x - k * log_2_high_float) - k * log_2_low_float};
}
TREINO_ALWAYS_INLINE inline float power_of_two(float shifted) {
  return same_bits<float>((same_bits<std::uint32_t>(shifted) + 127) << 23);
}
/// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2: the polynomial whose largest error is smallest, 3e-9 of e^r.
TREINO_ALWAYS_INLINE inline float exp_remainder(float r, float square) {
  const float high = (0.0416662056f + r * 0.00836888919f) + square * 0.00139505048f;
  return (0.50000001f + r * 0.166665188f) + square * high;
}
TREINO_ALWAYS_INLINE inline float exp_of(Reduced x) {
  const float square = x.r * x.r;
  return ((1 + x.r) + square * exp_remainder(x.r, square)) * power_of_two(x.shifted);
}

}  // namespace detail

/// e^x; beyond -87 and 88 what it is there.
TREINO_ALWAYS_INLINE inline float exp(float x) { return detail::exp_of(detail::reduced(at_most(at_least(x, -87.0f), 88.0f))); }

/// e^x for x <= 0; 0 below -87.
TREINO_ALWAYS_INLINE inline float exp_below_one(float x) { return select(x < -87.0f, 0.0f, detail::exp_of(detail::reduced(x))); }

/// value + lost is a result that a float cannot hold.
struct Exact {
  float value, lost;
};
/// a - b, by D. E. Knuth's sum with its error.
TREINO_ALWAYS_INLINE inline Exact exact_difference(float a, float b) {
  const float difference = a - b, back = difference - a;
  return {difference, (a - (difference - back)) - (b + back)};
}

/// e^(a - b) for a <= b, as exact as if the difference were not rounded to float; 0 below -87.
TREINO_ALWAYS_INLINE inline float exp_of_difference(float a, float b) {
  const Exact difference = exact_difference(a, b);
  detail::Reduced reduced = detail::reduced(difference.value);
  reduced.r += difference.lost;
  return select(difference.value < -87.0f, 0.0f, detail::exp_of(reduced));
}

/// e^x = power (1 + more), for what is taken from it: power, one of two, is exact, and `more`, within 0.42, wrong by 4e-8 at most.
struct ExpInParts {
  float power, more;
};
/// For x in -87 .. 88.
TREINO_ALWAYS_INLINE inline ExpInParts exp_in_parts(float x) {
  const float shifted = x * 1.44269504f + detail::magic_float, k = shifted - detail::magic_float;
  const float near = x - k * detail::log_2_high_float, low = k * detail::log_2_low_float;
  const float r = near - low, lost = (near - r) - low, square = r * r;
  return {detail::power_of_two(shifted), r + (square * detail::exp_remainder(r, square) + lost)};
}

/// Sets to[i] to e^exponent(i), 0 below -87, for exponents <= 0 that are those of floats a - b: exponent(i) gives {a - b, what that has
/// lost by rounding}. In two loops over blocks, each half as long a chain of instructions.
template <class Exponent>
TREINO_ALWAYS_INLINE inline void exponentials(std::int64_t count, float* TREINO_RESTRICT to, const Exponent& exponent) {
  float rests[block_of_row];
  for (std::int64_t begin = 0; begin < count; begin += block_of_row) {
    const std::int64_t length = count - begin < block_of_row ? count - begin : block_of_row;
    float* TREINO_RESTRICT block = to + begin;
    for (std::int64_t i = 0; i < length; ++i) {
      const Exact x = exponent(begin + i);
      const detail::Reduced reduced = detail::reduced(x.value);
      const bool tiny = x.value < -87.0f;
      rests[i] = select(tiny, 0.0f, reduced.r + x.lost);
      block[i] = select(tiny, 0.0f, detail::power_of_two(reduced.shifted));
    }
    for (std::int64_t i = 0; i < length; ++i) {
      const float r = rests[i], square = r * r;
      block[i] *= (1 + r) + square * detail::exp_remainder(r, square);
    }
  }
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
  const float s = f / (2 + f), z = s * s, square = z * z;
  const float series = (2.0f / 3 + z * (2.0f / 5)) + square * ((2.0f / 7 + z * (2.0f / 9)) + square * (2.0f / 11));
  return exponent * detail::log_2_high_float + (exponent * detail::log_2_low_float + (2 * s + s * z * series)) + (x - x);
}

struct LogAndInverse {
  float log, inverse;
};
/// log(1 + x) and 1 / (1 + x) for x in [0, 1].
TREINO_ALWAYS_INLINE inline LogAndInverse log1p_up_to_one(float x) {
  // log(1 + x) / x around the middle: the polynomial whose largest error is smallest, 3e-8.
  const float t = x - 0.5f, square = t * t, fourth = square * square;
  const float low = (0.810930219f + t * -0.288526665f) + square * (0.132609085f + t * -0.0677114478f);
  const float high = (0.0366338504f + t * -0.0202282375f) + square * (0.0115865368f + t * -0.0085744841f);
  return {x * (low + fourth * (high + fourth * 0.0052325792f)), 1 / (1 + x)};
}

}  // namespace fast
}  // namespace sdk0
}  // namespace treino
