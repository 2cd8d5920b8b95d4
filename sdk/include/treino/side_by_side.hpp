// Rows of few columns, sixteen samples side by side: what a loop over ten classes does for one sample, with more waiting than
// work, a loop over sixteen samples does for each class at once. To be used inside vector_loops.hpp's loops.
#pragma once
#include <treino/fast_math.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

constexpr std::int64_t samples_side_by_side = 16;
/// Longer rows fill vectors by themselves.
constexpr std::int64_t few_columns = 32;

/// Sixteen rows of a matrix by columns: column c begins at values[16 * c].
struct SideBySide {
  alignas(64) float values[samples_side_by_side * few_columns];

  /// Rows first to first + 15; behind the last one, that one again. At most few_columns columns.
  TREINO_ALWAYS_INLINE void take(const Matrix<const float>& matrix, std::int64_t first) {
    const std::int64_t columns = matrix.columns(), last = matrix.rows() - 1;
    for (std::int64_t s = 0; s < samples_side_by_side; ++s) {
      const float* row = matrix.row(first + s < last ? first + s : last);
      for (std::int64_t c = 0; c < columns; ++c) values[c * samples_side_by_side + s] = row[c];
    }
  }
  const float* column(std::int64_t c) const { return values + c * samples_side_by_side; }
  float* column(std::int64_t c) { return values + c * samples_side_by_side; }

  /// The largest of each row, and its column, the first of several; where some are NaN, the largest or NaN, and any column.
  struct Largest {
    alignas(64) float value[samples_side_by_side];
    alignas(64) std::int32_t column[samples_side_by_side];
  };
  TREINO_ALWAYS_INLINE Largest largest(std::int64_t columns) const {
    // As fast::max: the bits of a float as an integer are in its order, backwards below 0.
    constexpr std::int32_t all_but_sign = 0x7fffffff;
    Largest result;
#if defined(__GNUC__) || defined(__clang__)
    // Vectors by name: GCC takes a loop of sixteen rounds apart before it would make one of it.
    typedef float Floats __attribute__((vector_size(64)));
    typedef std::int32_t Integers __attribute__((vector_size(64)));
    Integers best = Integers{} - all_but_sign - 1, place{};
    for (std::int64_t c = 0; c < columns; ++c) {
      Floats next;
      std::memcpy(&next, column(c), sizeof next);
      const Integers bits = reinterpret_cast<Integers>(next + 0.0f);  // of -0, those of 0
      const Integers ordered = bits ^ ((bits >> 31) & all_but_sign);
      const Integers better = ordered > best;
      best = (ordered & better) | (best & ~better);
      place = ((Integers{} + static_cast<std::int32_t>(c)) & better) | (place & ~better);
    }
    const Floats most = reinterpret_cast<Floats>(best ^ ((best >> 31) & all_but_sign));
    std::memcpy(result.value, &most, sizeof most);
    std::memcpy(result.column, &place, sizeof place);
#else
    for (std::int64_t s = 0; s < samples_side_by_side; ++s) {
      std::int32_t best = -all_but_sign - 1, place = 0;
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto bits = fast::detail::same_bits<std::int32_t>(column(c)[s] + 0.0f);
        const std::int32_t ordered = bits < 0 ? bits ^ all_but_sign : bits;
        if (ordered <= best) continue;
        best = ordered;
        place = static_cast<std::int32_t>(c);
      }
      result.value[s] = fast::detail::same_bits<float>(best < 0 ? best ^ all_but_sign : best);
      result.column[s] = place;
    }
#endif
    return result;
  }
};

}  // namespace sdk0
}  // namespace treino
