// Loops of a plugin for the widest vectors of the processor they run on, in one binary that runs on all: the loop is compiled for
// x86-64's baseline, for AVX2 and for AVX-512, and the best that the processor has is picked when it is called. With compilers
// other than GCC and Clang, and on other processors, it is the plain loop.
//
//   void scale(float* values, std::int64_t count, float factor) {
//     treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
//       for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
//     });
//   }
//
// What the loop calls has to be inlined into it: mark it TREINO_ALWAYS_INLINE too. A loop becomes vectors where it has no
// branches (choose with fast::select), no calls into the standard library's mathematics (fast_math.hpp has some) and no sum
// carried from one round to the next (write the terms into an array, then fast::sum). GCC does it from -O3 on.
#pragma once
#include <cstdint>

#if defined(__GNUC__) || defined(__clang__)
#define TREINO_ALWAYS_INLINE __attribute__((always_inline))
#define TREINO_RESTRICT __restrict__
#else
#define TREINO_ALWAYS_INLINE
#define TREINO_RESTRICT
#endif

namespace treino {
inline namespace sdk0 {

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

namespace detail {

enum class Vectors { baseline, avx2, avx512 };

inline Vectors find_widest_vectors() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Vectors::baseline;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  return wide ? Vectors::avx512 : Vectors::avx2;
}
inline Vectors widest_vectors() {
  static const Vectors widest = find_widest_vectors();
  return widest;
}

template <class Loop>
__attribute__((target("avx2,fma"))) void run_with_avx2(const Loop& loop) {
  loop();
}
template <class Loop>
__attribute__((target("avx2,fma,avx512f,avx512vl,avx512dq,avx512bw"))) void run_with_avx512(const Loop& loop) {
  loop();
}

}  // namespace detail

/// Calls loop() once. Its exceptions come through.
template <class Loop>
void with_widest_vectors(const Loop& loop) {
  const detail::Vectors widest = detail::widest_vectors();
  if (widest == detail::Vectors::avx512) {
    detail::run_with_avx512(loop);
  } else if (widest == detail::Vectors::avx2) {
    detail::run_with_avx2(loop);
  } else {
    loop();
  }
}

#else

template <class Loop>
void with_widest_vectors(const Loop& loop) {
  loop();
}

#endif

/// Rows are worked on in blocks of so many elements: what is between two loops over a block stays in the first cache.
constexpr std::int64_t block_of_row = 256;

namespace detail {

/// Whether a loop over a long array waits at the end of each page.
inline bool prefetchers_stop_at_pages() {
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
  static const bool stop = __builtin_cpu_is("intel");
  return stop;
#else
  return false;
#endif
}

/// What is asked for may lie beyond the array, so that its address is a number: a pointer there would be undefined.
template <int Write>
TREINO_ALWAYS_INLINE inline void prefetch_page_after(const float* values, std::int64_t count) {
#if defined(__GNUC__) || defined(__clang__)
  constexpr std::uintptr_t page = 4096, line = 64;
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(values) + page;
  const std::uintptr_t end = begin + static_cast<std::uintptr_t>(count) * sizeof(float);
  for (std::uintptr_t at = begin; at < end; at += line) __builtin_prefetch(reinterpret_cast<const void*>(at), Write);
#else
  static_cast<void>(values), static_cast<void>(count);
#endif
}

}  // namespace detail

/// Asks for the values that come a page after these in memory, so that they are there when several loops over these are done. They
/// need not exist.
TREINO_ALWAYS_INLINE inline void prefetch_ahead(const float* values, std::int64_t count) {
  detail::prefetch_page_after<0>(values, count);
}
/// The same for values that will be written.
TREINO_ALWAYS_INLINE inline void prefetch_ahead(float* values, std::int64_t count) {
  detail::prefetch_page_after<1>(values, count);
}
/// The same where the values are gone through at the speed of memory, on processors whose own prefetchers do not reach across a
/// page's end: Intel's. Others lose a fifth of the time to asking.
template <class Number>
TREINO_ALWAYS_INLINE inline void prefetch_across_pages(Number* values, std::int64_t count) {
  if (detail::prefetchers_stop_at_pages()) prefetch_ahead(values, count);
}

}  // namespace sdk0
}  // namespace treino
