// Choices between values without a branch, which compilers turn into vectors, and the bits of numbers.
//
//   void clip(float* values, std::int64_t count) {
//     treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
//       for (std::int64_t i = 0; i < count; ++i)
//         values[i] = treino::fast::at_most(treino::fast::at_least(values[i], 0.0f), 1.0f);
//     });
//   }
#pragma once
#include <cstdint>
#include <cstring>
#include <treino/kit/vector_loops.hpp>

namespace treino {
inline namespace sdk0 {
namespace fast {
namespace detail {

template <class To, class From>
TREINO_ALWAYS_INLINE inline To same_bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "the same bits need the same size");
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

template <class Real>
struct BitsOf;
template <>
struct BitsOf<double> {
  using Type = std::uint64_t;
};
template <>
struct BitsOf<float> {
  using Type = std::uint32_t;
};

}  // namespace detail

/// condition ? yes : no, of values that both exist, without the branch that a compiler may make of ?: where one of them is a
/// constant, to do all that follows twice.
template <class Real>
TREINO_ALWAYS_INLINE inline Real select(bool condition, Real yes, Real no) {
  using Bits = typename detail::BitsOf<Real>::Type;
  const Bits mask = Bits{0} - static_cast<Bits>(condition);
  return detail::same_bits<Real>((detail::same_bits<Bits>(yes) & mask) | (detail::same_bits<Bits>(no) & ~mask));
}

/// x where it is in the limits, else the limit; NaN stays.
template <class Real>
TREINO_ALWAYS_INLINE inline Real at_least(Real x, Real low) {
  return select(x < low, low, x);
}
template <class Real>
TREINO_ALWAYS_INLINE inline Real at_most(Real x, Real high) {
  return select(x > high, high, x);
}
/// x, or 0 where it is subnormal: such a gradient changes no weight, and whoever multiplies it waits a hundred times as long.
TREINO_ALWAYS_INLINE inline float normal_or_zero(float x) {
  const float size = detail::same_bits<float>(detail::same_bits<std::uint32_t>(x) & 0x7fffffffu);
  return select(size < 0x1p-126f, 0.0f, x);
}
/// 1, -1, or 0 of 0 and NaN.
TREINO_ALWAYS_INLINE inline double sign(double x) { return select(x > 0, 1.0, select(x < 0, -1.0, 0.0)); }

}  // namespace fast
}  // namespace sdk0
}  // namespace treino
