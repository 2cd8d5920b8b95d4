// Values that will be read soon, asked for in time.
#pragma once
#include <cstdint>

namespace treino::data {

/// Into the second level only: it can wait for more lines at a time than the first.
inline void prefetch(const float* numbers, std::int64_t count) {
#if defined(__GNUC__)
  constexpr std::int64_t line = 64 / sizeof(float);
  for (std::int64_t i = 0; i < count; i += line) __builtin_prefetch(numbers + i, 0, 2);
#else
  static_cast<void>(numbers), static_cast<void>(count);
#endif
}

}  // namespace treino::data
