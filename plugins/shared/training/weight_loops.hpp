// Loops over weights and gradients that allocate nothing: contiguous tensors at the width of the processor's vectors, all others
// element by element. Tensors that go together have the same shape.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <treino/kit/vector_loops.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

namespace detail {

/// operation(float& to) for each element. Mark the operation TREINO_ALWAYS_INLINE.
template <class Operation>
void change_each(const treino_tensor& view, const Operation& operation) {
  const Elements<float> elements(view);
  const std::int64_t size = elements.size();
  if (!elements.contiguous()) {
    for (std::int64_t i = 0; i < size; ++i) operation(elements[i]);
    return;
  }
  float* TREINO_RESTRICT values = elements.data();
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    for (std::int64_t i = 0; i < size; ++i) operation(values[i]);
  });
}

/// operation(float& to, float from) for each pair of elements.
template <class Operation>
void change_each(const treino_tensor& to, const treino_tensor& from, const Operation& operation) {
  const Elements<float> targets(to), sources(from);
  const std::int64_t size = targets.size();
  if (!targets.contiguous() || !sources.contiguous()) {
    for (std::int64_t i = 0; i < size; ++i) operation(targets[i], sources[i]);
    return;
  }
  float* TREINO_RESTRICT values = targets.data();
  const float* TREINO_RESTRICT others = sources.data();
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    for (std::int64_t i = 0; i < size; ++i) operation(values[i], others[i]);
  });
}

}  // namespace detail

inline void copy_elements(const treino_tensor& to, const treino_tensor& from) {
  detail::change_each(to, from, [](float& value, float other) TREINO_ALWAYS_INLINE { value = other; });
}

/// to += share * (from - to): what is equal already stays so bit for bit.
inline void blend_elements(const treino_tensor& to, const treino_tensor& from, float share) {
  detail::change_each(to, from, [share](float& value, float other) TREINO_ALWAYS_INLINE { value += share * (other - value); });
}

inline void scale_elements(const treino_tensor& view, float factor) {
  detail::change_each(view, [factor](float& value) TREINO_ALWAYS_INLINE { value *= factor; });
}

/// Into [-limit, limit]; NaN stays NaN. Whether any element was outside.
inline bool clamp_elements(const treino_tensor& view, float limit) {
  std::uint32_t outside = 0;
  detail::change_each(view, [limit, &outside](float& value) TREINO_ALWAYS_INLINE {
    outside |= static_cast<std::uint32_t>((value > limit) | (value < -limit));
    value = value > limit ? limit : value;
    value = value < -limit ? -limit : value;
  });
  return outside != 0;
}

namespace detail {

/// 1 where the value is an infinity or NaN: in float32 those have an exponent of all ones.
TREINO_ALWAYS_INLINE inline std::uint32_t not_finite(const float& value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint32_t>((bits & 0x7f800000u) == 0x7f800000u);
}

}  // namespace detail

/// Without branches, so that it runs at the speed of the memory.
inline bool all_finite(const treino_tensor& view) {
  const Elements<const float> elements(view);
  const std::int64_t size = elements.size();
  std::uint32_t bad = 0;
  if (!elements.contiguous()) {
    for (std::int64_t i = 0; i < size; ++i) bad |= detail::not_finite(elements[i]);
    return bad == 0;
  }
  const float* values = elements.data();
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    std::uint32_t found = 0;
    for (std::int64_t i = 0; i < size; ++i) found |= detail::not_finite(values[i]);
    bad = found;
  });
  return bad == 0;
}

/// Whether two tensors hold the same values; NaN is equal to nothing.
inline bool equal_elements(const treino_tensor& left, const treino_tensor& right) {
  const Elements<const float> ones(left), others(right);
  for (std::int64_t i = 0; i < ones.size(); ++i)
    if (ones[i] != others[i]) return false;
  return true;
}

/// In double, so that no finite tensor overflows; NaN or infinite where an element is.
inline double sum_of_squares(const treino_tensor& view) {
  constexpr std::int64_t lanes = 16;
  const Elements<const float> elements(view);
  const std::int64_t size = elements.size();
  const std::int64_t whole = elements.contiguous() ? size / lanes * lanes : 0;
  double sums[lanes] = {};
  const float* values = elements.data();
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    for (std::int64_t i = 0; i < whole; i += lanes)
      for (std::int64_t lane = 0; lane < lanes; ++lane) {
        const auto value = static_cast<double>(values[i + lane]);
        sums[lane] += value * value;
      }
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  for (std::int64_t i = whole; i < size; ++i) {
    const auto value = static_cast<double>(elements[i]);
    sum += value * value;
  }
  return sum;
}

}  // namespace sdk0
}  // namespace treino
